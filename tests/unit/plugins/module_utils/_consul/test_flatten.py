# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.flatten import (
    BOOLEANS,
    Rules,
    flatten,
    same,
    unflatten,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Leaf
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text("abé /.", max_size=4)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
JSON = st.recursive(
    SCALARS, lambda node: st.lists(node, max_size=3) | st.dictionaries(st.text(max_size=3), node)
)

WORDS = st.text("abc", min_size=1, max_size=2)
TREES = st.dictionaries(
    WORDS,
    st.recursive(
        SCALARS, lambda node: st.lists(node, max_size=3) | st.dictionaries(WORDS, node, max_size=3)
    ),
    max_size=4,
)


def text(flat: dict[str, Leaf | None]) -> dict[str, str | None]:
    return {key: None if leaf is None else leaf.value.decode() for key, leaf in flat.items()}


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({}, {}),
        ({"a": {}}, {}),
        ({"a": "x"}, {"a": "x"}),
        ({"a": ""}, {"a": ""}),
        ({"a": {"b": {"c": 1}}, "d": 2}, {"a/b/c": "1", "d": "2"}),
        ({"a/b": 1, "a": {"c": 2}}, {"a/b": "1", "a/c": "2"}),
        (
            {"t": True, "f": False, "n": 1.0, "e": 1e20},
            {"t": "true", "f": "false", "n": "1.0", "e": "1e+20"},
        ),
        ({"l": [1, {"b": 1, "a": None}]}, {"l": '[1,{"a":null,"b":1}]'}),
        ({"l": []}, {"l": "[]"}),
        ({"n": None}, {"n": ""}),
        ({1: {2: "x"}}, {"1/2": "x"}),
        ({"folder/": ""}, {"folder/": ""}),
        ({"folder": {"": "x"}}, {"folder/": "x"}),
        ({"u": "ü"}, {"u": "ü"}),
    ],
)
def test_flatten(tree: dict[t.Any, t.Any], expected: dict[str, str]) -> None:
    assert text(flatten(tree)) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(lists="index"), {"l/0": "a", "l/1/b": "2", "n": ""}),
        (Rules(nulls="skip"), {"l": '["a",{"b":2}]'}),
        (Rules(nulls="delete"), {"l": '["a",{"b":2}]', "n": None}),
        (Rules(lists="index", separator=":"), {"l:0": "a", "l:1:b": "2", "n": ""}),
    ],
)
def test_rules(rules: Rules, expected: dict[str, str | None]) -> None:
    assert text(flatten({"l": ["a", {"b": 2}], "n": None}, rules)) == expected


@pytest.mark.parametrize(
    ("booleans", "expected"),
    [
        ("json", ("true", "false")),
        ("title", ("True", "False")),
        ("yes_no", ("yes", "no")),
        ("number", ("1", "0")),
    ],
)
def test_booleans(booleans: str, expected: tuple[str, str]) -> None:
    tree = {"t": True, "f": False, "l": [True], "n": 1}
    flat = text(flatten(tree, Rules(booleans=booleans)))
    assert flat == {"t": expected[0], "f": expected[1], "l": "[true]", "n": "1"}


@given(
    TREES,
    st.builds(
        Rules,
        st.sampled_from(["json", "index"]),
        st.sampled_from(["empty", "skip", "delete"]),
        st.sampled_from(list(BOOLEANS)),
        st.sampled_from(["/", ".", "::"]),
    ),
)
def test_whatever_the_rules_each_leaf_is_one_key(tree: dict[str, t.Any], rules: Rules) -> None:
    flat = flatten(tree, rules)
    assert len(flat) == sum(_leaves(node, rules) for node in tree.values())
    assert rules.nulls == "delete" or None not in flat.values()


def _leaves(node: t.Any, rules: Rules) -> int:
    if isinstance(node, dict):
        return sum(_leaves(child, rules) for child in node.values())
    if isinstance(node, list) and rules.lists == "index":
        return sum(_leaves(child, rules) for child in node)
    return 0 if node is None and rules.nulls == "skip" else 1


def test_the_same_key_twice_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="'a/b' twice"):
        flatten({"a/b": 1, "a": {"b": 2}})


def test_a_number_that_json_lacks_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="'a/b'"):
        flatten({"a": {"b": float("nan")}})


def test_bytes_that_are_not_utf8_survive() -> None:
    leaf = flatten({"a": b"\xff\x00".decode("utf-8", "surrogateescape")})["a"]
    assert leaf == Leaf(b"\xff\x00")


@pytest.mark.parametrize(
    ("wanted", "stored", "expected"),
    [
        ([1, {"a": 1, "b": 2}], b' [1, {"b": 2, "a": 1}] ', True),
        ([1, 2], b"[2, 1]", False),
        ([1], b"[true]", False),
        ([1], b"not json", False),
        ([1], b"\xff", False),
        ([], b"", False),
        ("[1]", b"[ 1 ]", False),
        ("a", b"a", True),
    ],
)
def test_only_what_was_structured_is_compared_by_meaning(
    wanted: t.Any, stored: bytes, expected: bool
) -> None:
    leaf = flatten({"k": wanted})["k"]
    assert leaf is not None
    assert same(leaf, stored) is expected


@given(st.dictionaries(NAMES, st.text(max_size=3), max_size=8))
def test_unflatten_is_undone_by_flatten(flat: dict[str, str]) -> None:
    assert text(flatten(unflatten(flat))) == flat


@given(st.lists(JSON, max_size=4))
def test_a_list_is_the_same_however_its_json_is_written(data: list[t.Any]) -> None:
    leaf = flatten({"k": data})["k"]
    assert leaf is not None
    assert same(leaf, json.dumps(data, indent=3, ensure_ascii=True).encode())
    assert not same(leaf, json.dumps([*data, 0]).encode())


def test_a_key_with_a_value_and_keys_below_it() -> None:
    flat = {"a": "1", "a/": "2", "a/b": "3", "c/d": "4"}
    assert unflatten(flat) == {"a": "1", "a/": "2", "a/b": "3", "c": {"d": "4"}}
