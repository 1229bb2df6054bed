# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import os
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.mlops.infra.plugins.module_utils._consul import yamlfile
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Leaf
from ansible_collections.mlops.infra.plugins.module_utils._consul.source import (
    Leaves,
    desired,
    read_value,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.text("abcé .%", min_size=1, max_size=6).filter(lambda name: name.strip(". "))
VALUES = st.binary(max_size=12)


def wanted(tree: t.Any = None, **params: t.Any) -> Leaves | None:
    return desired({"state": "present", "tree": tree, **params}, "p/")


def saved(folder: pathlib.Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def nested(depth: int) -> t.Any:
    made: t.Any = []
    for _level in range(depth):
        made = [made]
    return made


def test_values(tmp_path: pathlib.Path) -> None:
    path = saved(tmp_path, "file", b"\xff\r\n\x00")
    assert read_value({}) is None
    assert read_value({"value": ""}) == Leaf(b"")
    assert read_value({"value": "ü"}) == Leaf("ü".encode())
    assert read_value({"value": True}) == Leaf(b"True"), "as community.general's module has it"
    assert read_value({"value": {"b": [1], "a": None}}) == Leaf(b'{"a":null,"b":[1]}', True)
    assert read_value({"value_b64": "/wA\n="}) == Leaf(b"\xff\x00")
    assert read_value({"src": path}) == Leaf(b"\xff\r\n\x00")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"value": {"a": float("nan")}}, "value cannot be written as JSON"),
        ({"value": {"a": "\ud800"}}, "value has half of a character"),
        ({"value": "a\ud800"}, "value has half of a character"),
        ({"value": nested(100_000)}, "value is nested too deeply"),
        ({"value_b64": "%"}, "value_b64 is not base64"),
        ({"value_b64": "ü"}, "value_b64 is not base64"),
        ({"src": "/a\0"}, "src .* cannot be read: "),
        ({"src": "."}, "src . cannot be read: it is no file"),
        ({"src": "/no/such"}, "src /no/such cannot be read: No such file"),
    ],
)
def test_values_that_cannot_be_had(params: dict[str, t.Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        read_value(params)


def test_a_task_without_a_tree() -> None:
    assert wanted() is None
    assert wanted({}) == {}
    assert wanted([]) == {}


@pytest.mark.parametrize(
    ("tree", "flatten", "expected"),
    [
        ({"a": {"b": 1}}, {}, {"p/a/b": Leaf(b"1")}),
        ({"a": {"b": 1}}, {"separator": "."}, {"p/a.b": Leaf(b"1")}),
        ('{"a": {"b": 1}}', {}, {"p/a/b": Leaf(b"1")}),
        ([{"key": "a", "value": "x"}], {}, {"p/a": Leaf(b"x")}),
        ([{"key": "a", "value": None}], {"nulls": "delete"}, {"p/a": None}),
        ([{"key": "a", "value_b64": "/w=="}], {}, {"p/a": Leaf(b"\xff")}),
        ([{"key": "a", "value": "", "flags": 3}], {}, {"p/a": Leaf(b"", flags=3)}),
        (
            [{"key": "a/b", "value": {"c": [1], "d": True}, "flags": 2**64 - 1}],
            {"booleans": "yes_no"},
            {
                "p/a/b/c": Leaf(b"[1]", True, 2**64 - 1),
                "p/a/b/d": Leaf(b"yes", flags=2**64 - 1),
            },
        ),
    ],
)
def test_a_tree_in_the_task(tree: t.Any, flatten: dict[str, str], expected: Leaves) -> None:
    assert wanted(tree, flatten=flatten) == expected


def test_to_delete_a_key_it_is_enough_to_name_it() -> None:
    assert set(wanted([{"key": "a"}, {"key": "b", "value": 1}], state="absent") or {}) == {
        "p/a",
        "p/b",
    }


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ("a=b", "tree is a text that is no JSON"),
        ('{"a": 1, "a": 2}', "'a' twice"),
        (7, "tree is neither a dictionary nor a list"),
        (["a"], "Entry 1 of tree is no dictionary with a text as key"),
        ([{"value": 1}], "Entry 1 of tree is no dictionary with a text as key"),
        ([{"key": 1, "value": 1}], "Entry 1 of tree is no dictionary with a text as key"),
        ([{"key": "a", "value": 1}, {"key": "b"}], r"Entry 2 of tree \(b\) needs one of value"),
        ([{"key": "a", "value": 1, "value_b64": ""}], "needs one of value and value_b64"),
        ([{"key": "a", "Value": 1, 2: 3}], "has 2, Value: it may have key, value,"),
        ([{"key": "a", "value_b64": "%"}], "no base64"),
        ([{"key": "a", "value_b64": 1}], "no base64"),
        ([{"key": "a", "value": 1, "flags": -1}], "Entry 1 of tree has flags -1"),
        ([{"key": "a", "value": 1, "flags": True}], "Entry 1 of tree has flags True"),
        ([{"key": "a/b", "value": 1}, {"key": "a", "value": {"b": 2}}], "Entry 2.*'a/b' again"),
    ],
)
def test_what_is_no_tree_is_refused_by_name(tree: t.Any, words: str) -> None:
    with pytest.raises(UserError, match=words):
        wanted(tree)


def test_without_a_separator_names_run_into_each_other() -> None:
    with pytest.raises(UserError, match=r"flatten\.separator is empty"):
        wanted({}, flatten={"separator": ""})


def test_each_file_of_a_directory_is_a_key(tmp_path: pathlib.Path) -> None:
    for name in ("a", "sub/ü b", "sub/deep/c.txt", ".git/config", "sub/.hidden"):
        saved(tmp_path, name, f"{name}\n".encode() + b"\xff")
    os.symlink(tmp_path / "a", tmp_path / "link")
    assert wanted(tree_src=str(tmp_path)) == {
        "p/a": Leaf(b"a\n\xff"),
        "p/link": Leaf(b"a\n\xff"),
        "p/sub/ü b": Leaf("sub/ü b\n".encode() + b"\xff"),
        "p/sub/deep/c.txt": Leaf(b"sub/deep/c.txt\n\xff"),
    }


def test_what_cannot_be_read_of_a_directory_is_named(tmp_path: pathlib.Path) -> None:
    linked, piped, broken = (tmp_path / name for name in ("linked", "piped", "broken"))
    for folder in (linked, piped, broken):
        folder.mkdir()
    os.symlink(tmp_path, linked / "loop")
    os.mkfifo(piped / "pipe")
    os.symlink("nowhere", broken / "link")
    with pytest.raises(UserError, match=r"link to a directory, .*loop"):
        wanted(tree_src=str(linked))
    with pytest.raises(UserError, match="pipe cannot be read: it is no file"):
        wanted(tree_src=str(piped))
    with pytest.raises(UserError, match=r"tree_src .*link cannot be read: No such file"):
        wanted(tree_src=str(broken))


def test_a_file_of_json_or_yaml_is_as_a_tree_in_the_task(tmp_path: pathlib.Path) -> None:
    tree = {"a": {"b": [1, {"c": None}], "t": True}, "n": 1.5, "": "x"}
    expected = wanted(tree)
    assert wanted(tree_src=saved(tmp_path, "tree.json", json.dumps(tree))) == expected
    assert wanted(tree_src=saved(tmp_path, "tree", json.dumps(tree))) == expected
    assert wanted(tree_src=saved(tmp_path, "tree.YAML", yaml.safe_dump(tree))) == expected
    entries = [{"key": "a", "value": 1, "flags": 2}]
    assert wanted(tree_src=saved(tmp_path, "list.yml", yaml.safe_dump(entries))) == wanted(entries)


def test_yaml_loses_nothing(tmp_path: pathlib.Path) -> None:
    text = """
day: 2026-11-24
1: one
raw: !!binary /w==
w: &w {a: 1}
v: {x: &x {<<: *w, a: 2}}
y: {<<: *x, b: 3}
"""
    assert wanted(tree_src=saved(tmp_path, "tree.yml", text)) == {
        "p/day": Leaf(b"2026-11-24"),
        "p/1": Leaf(b"one"),
        "p/raw": Leaf(b"\xff"),
        "p/w/a": Leaf(b"1"),
        "p/v/x/a": Leaf(b"2"),
        "p/y/a": Leaf(b"2"),
        "p/y/b": Leaf(b"3"),
    }


CANARY = "canary-8d1e"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", "{", "is no JSON: .* line 1"),
        ("a.json", b"\xff\xfe\xff", "is no JSON"),
        ("a.json", "7", "neither a dictionary nor a list"),
        ("a.json", '{"a": {"b": 1, "b": 2}}', "'b' twice"),
        ("a.yml", f"a: 1\nsecret: {CANARY}\nb: ]\n", "is no YAML in line 3"),
        ("a.yml", f"secret: {CANARY}\nsecret: x\n", "'secret' in line 2 is there twice"),
        ("a.yml", "1: x\n'1': y\n", "'1' in line 2 is there twice"),
        ("a.yml", "on: x\n", "A name in line 1 is no text"),
        ("a.yml", "? [a]\n: x\n", "in line 1 is no text"),
        ("a.yml", "a: !vault x\n", "is no YAML in line 1: could not determine a constructor"),
        ("a.yml", b"a: \xff\n", "is no YAML: it is not UTF-8"),
        ("a.yml", "", "neither a dictionary nor a list"),
        ("a.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n", "neither a dictionary nor a list"),
        ("b.json", '["a"]', "Entry 1 of tree_src .* has no key and value"),
        ("b.json", '[{"key": "p/a", "value": 1}]', "Entry 1 of tree_src .* no base64"),
        ("b.json", '[{"key": "p/a", "value": "%"}]', "Entry 1 of tree_src .* no base64"),
        ("b.json", '[{"key": "p/a", "value": "", "flags": "x"}]', "has flags 'x'"),
        ("b.json", '[{"key": "p/a", "value": false}]', "Entry 1 of tree_src .* no base64"),
        ("b.json", '[{"key": "p/a", "value": {}}]', "Entry 1 of tree_src .* no base64"),
        ("b.json", '[{"key": "p/a", "value": "", "flags": false}]', "has flags False"),
        ("b.json", "[" * 100_000, "nested too deeply"),
        ("b.yml", "[" * 3_000, "nested too deeply"),
        ("b.yml", "a: &x {b: *x}", "nested too deeply, or a part of it contains itself"),
        ("b.yml", "a: &x [*x]", "Circular reference"),
        ("b.yml", f"a: !!int {CANARY}", "a number that is none or is too long"),
        ("b.yml", "a: " + "1" * 5000, "a number that is none or is too long"),
        ("b.json", '{"a": "\\ud800"}', "half of a character"),
        ("b.json", '[{"key": "q/a", "value": ""}]', "'q/a' of tree_src .* not below prefix 'p/'"),
        ("b.json", '[{"key":"p/a","value":""},{"key":"p/a","value":""}]', "Entry 2.*'p/a' again"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name_and_without_its_values(
    tmp_path: pathlib.Path, name: str, content: str | bytes, words: str
) -> None:
    path = saved(tmp_path, name, content)
    with pytest.raises(UserError, match=words) as caught:
        wanted(tree_src=path)
    assert name in str(caught.value) or "'b' twice" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(UserError, match="tree_src /nowhere cannot be read: No such file"):
        wanted(tree_src="/nowhere")


def test_yaml_without_its_library(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setattr(yamlfile, "IMPORT_ERROR", "ImportError")
    with pytest.raises(UserError, match="PyYAML is not installed"):
        wanted(tree_src=saved(tmp_path, "a.yml", "a: 1"))


@settings(max_examples=50)
@given(st.dictionaries(NAMES, st.tuples(VALUES, st.integers(0, 2**64 - 1)), max_size=6))
def test_an_export_says_all_of_each_key(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[str, tuple[bytes, int]]
) -> None:
    export = [
        {"key": f"p/{key}", "flags": flags, "value": base64.b64encode(value).decode()}
        for key, (value, flags) in rows.items()
    ]
    path = saved(tmp_path_factory.mktemp("export"), "export.json", json.dumps(export, indent="\t"))
    assert wanted(tree_src=path) == {
        f"p/{key}": Leaf(value, flags=flags) for key, (value, flags) in rows.items()
    }


@settings(max_examples=50)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_a_directory_has_the_bytes_that_are_written_to_it(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("files")
    for name, value in files.items():
        saved(folder, name, value)
    expected = {f"p/{name}": Leaf(v) for name, v in files.items() if not name.startswith(".")}
    assert wanted(tree_src=str(folder)) == expected
