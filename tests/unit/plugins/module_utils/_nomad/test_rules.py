# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import rules
from hypothesis import given
from hypothesis import strategies as st

Json = dict[str, t.Any]
WORDS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
BODIES = st.dictionaries(WORDS, st.one_of(LABELS, st.lists(LABELS, max_size=4)), max_size=3)
RULES = st.dictionaries(WORDS, st.dictionaries(LABELS, BODIES, min_size=1, max_size=3), max_size=3)


def quoted(text: str) -> str:
    return json.dumps(text)


def written(data: Json, gap: str) -> str:
    """As somebody writes HCL, with comments and spaces of their own."""
    lines = []
    for kind, blocks in data.items():
        for label, body in blocks.items():
            inner = [f"{word} ={gap}{json.dumps(value)}" for word, value in body.items()]
            lines.append("\n".join([f"{kind} {quoted(label)}{gap}{{ # begin", *inner, "}"]))
    return f"{gap}\n".join(lines)


@given(RULES, st.sampled_from(["", " ", "\t", " /* x } */ "]))
def test_hcl_and_json_of_the_same_rules_are_the_same(data: Json, gap: str) -> None:
    assert rules.meaning(written(data, gap)) == rules.meaning(json.dumps(data))
    assert rules.meaning(rules.as_sent(data)) == rules.meaning(json.dumps(data, indent=1))


@given(st.text())
def test_any_text_is_data_or_itself(text: str) -> None:
    found = rules.meaning(text)
    assert isinstance(found, dict) or found == text.strip()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", {}),
        ("# nothing\n// at all\n/* at\nall */", {}),
        ('node { policy = "read" }', {"node": {"policy": "read"}}),
        ('node = { policy = "read" }', {"node": {"policy": "read"}}),
        ('"node" { "policy" = "read" }', {"node": {"policy": "read"}}),
        ('namespace "a" {}\nnamespace "b" {}', {"namespace": {"a": {}, "b": {}}}),
        (
            'namespace "a" { capabilities = ["b", "a", "b",] }',
            {"namespace": {"a": {"capabilities": ["a", "b"]}}},
        ),
        (
            'namespace "a" { policy = "read" }\nnamespace "a" { policy = "deny" }',
            {"namespace": {"a": [{"policy": "read"}, {"policy": "deny"}]}},
        ),
        (
            'x "a" { variables { path "b/*" { capabilities = [] } } }',
            {"x": {"a": {"variables": {"path": {"b/*": {"capabilities": []}}}}}},
        ),
        ('{"node": [{"policy": "read"}]}', {"node": {"policy": "read"}}),
        ('x "# no comment" { y = "}" }', {"x": {"# no comment": {"y": "}"}}}),
    ],
)
def test_what_rules_mean(text: str, data: Json) -> None:
    assert rules.meaning(text) == data


@pytest.mark.parametrize(
    "text",
    [
        "node {",
        "node }",
        "node",
        'node { policy = "read" ',
        "node { policy = 5 }",
        "node { policy = read }",
        "node { policy = }",
        "node { policy = [}",
        "node { policy = [",
        "node { policy = <<EOF\nread\nEOF\n}",
        "= {}",
        'a = "b"\na = "c"',
        'a = "b"\na "c" {}',
        '{"node": ',
    ],
)
def test_what_is_not_read_is_compared_as_text(text: str) -> None:
    assert rules.meaning(text) == text.strip()


UNDERSTOOD: Json = {
    "Namespaces": [
        {"Name": "a", "Policy": "read", "Capabilities": [], "Variables": {"Paths": None}},
        {
            "Name": "b",
            "Policy": "",
            "Capabilities": None,
            "Variables": {"Paths": [{"PathSpec": "x/*", "Capabilities": ["read"]}]},
        },
    ],
    "HostVolumes": [{"Name": "v", "Policy": "read", "Capabilities": []}],
    "Node": {"Policy": "read"},
    "Quota": None,
}


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ('node { policy = "read" }\nhost_volume "v" { policy = "read" }', []),
        ('namespace "a" { policy = "read" }', []),
        ('namespace "b" { variables { path "x/*" { capabilities = ["read"] } } }', []),
        ('namespace "a" { polcy = "read" }', ["polcy in namespace a"]),
        ('node { policy = "read" \n foo = "x" }', ["foo in node"]),
        ('foo = "x"', ["foo"]),
        (
            'namespace "b" { variables { path "x/*" { capability = ["read"] } } }',
            ["capability in namespace b variables path x/*"],
        ),
        (
            'namespace "a" { polcy = "read" }\nnamespace "a" { plicy = "read" }',
            ["polcy in namespace a", "plicy in namespace a"],
        ),
        ("node { policy = read }", []),
    ],
)
def test_what_nomad_ignores(text: str, lost: list[str]) -> None:
    assert rules.ignored(text, UNDERSTOOD) == lost
    assert rules.ignored(text, None) == []
