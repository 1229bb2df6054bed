# SPDX-License-Identifier: GPL-3.0-or-later
"""Values and trees from options, files and directories."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul import export
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Leaf, Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.source import (
    read_tree,
    read_value,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from hypothesis import given
from hypothesis import strategies as st


def test_values(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff\r\n\x00")
    assert read_value({}) is None
    assert read_value({"value": ""}) == Leaf(b"")
    assert read_value({"value": "ü"}) == Leaf("ü".encode())
    assert read_value({"value": True}) == Leaf(b"True"), "as community.general's module has it"
    assert read_value({"value": {"b": [1], "a": None}}) == Leaf(b'{"a":null,"b":[1]}', True)
    assert read_value({"value_b64": "/wA\n="}) == Leaf(b"\xff\x00")
    assert read_value({"src": str(path)}) == Leaf(b"\xff\r\n\x00")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"value_b64": "%"}, "value_b64 is not base64"),
        ({"value_b64": "ü"}, "value_b64 is not base64"),
        ({"src": "/a\0"}, "src .* cannot be read: embedded null"),
        ({"src": "."}, "src . cannot be read: Is a directory"),
    ],
)
def test_values_that_cannot_be_had(params: dict[str, t.Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        read_value(params)


def written(path: pathlib.Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_no_tree_is_none_and_an_empty_one_is_not() -> None:
    assert read_tree({"tree": None}) is None
    assert read_tree({"tree": {}}) == {}


@pytest.mark.parametrize("tree", [["x", {"b": 1}], '["x", {"b": 1}]'])
def test_a_list_has_its_positions_as_names(tree: t.Any) -> None:
    assert read_tree({"tree": tree}) == {"0": Leaf(b"x"), "1/b": Leaf(b"1")}


@pytest.mark.parametrize("tree", ["text", "3", 3, True])
def test_a_single_value_is_no_tree(tree: t.Any) -> None:
    with pytest.raises(UserError, match=r"tree is of type .*: write a dictionary or a list"):
        read_tree({"tree": tree})


def test_the_rules_of_flatten() -> None:
    rules = {"lists": "index", "nulls": "delete", "booleans": "yes_no", "separator": "."}
    tree = {"a": {"b": [True, None]}}
    assert read_tree({"tree": tree, "flatten": rules}) == {"a.b.0": Leaf(b"yes"), "a.b.1": None}
    assert read_tree({"tree": tree, "flatten": {"booleans": "number"}}) == {
        "a/b": Leaf(b"[true,null]", True)
    }, "inside JSON a boolean is JSON's"
    with pytest.raises(UserError, match="separator is empty"):
        read_tree({"tree": tree, "flatten": {"separator": ""}})


def test_a_directory_has_a_key_a_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    written(tmp_path / "a" / "b" / "c.json", b'{"not": "flattened"}\xff')
    written(tmp_path / "a" / ".hidden", "x")
    written(tmp_path / ".git" / "config", "x")
    written(tmp_path / "empty", "")
    found = read_tree({"tree_src": str(tmp_path)})
    assert found == {"a/b/c.json": Leaf(b'{"not": "flattened"}\xff'), "empty": Leaf(b"")}
    with pytest.raises(UserError, match="is no directory"):
        read_tree({"tree_src": str(tmp_path / "empty"), "tree_format": "directory"})


def test_files_of_yaml_and_json_are_trees(tmp_path: pathlib.Path) -> None:
    yaml = written(tmp_path / "a.YML", "a: {b: 2026-11-24, c: yes}\nd: [1]\n")
    wanted = {"a/b": Leaf(b"2026-11-24"), "a/c": Leaf(b"true"), "d": Leaf(b"[1]", True)}
    assert read_tree({"tree_src": yaml}) == wanted
    other = written(tmp_path / "a", "a: 1")
    assert read_tree({"tree_src": other, "tree_format": "yaml"}) == {"a": Leaf(b"1")}
    as_json = written(tmp_path / "a.json", '{"a": [1]}')
    rules = {"lists": "index"}
    assert read_tree({"tree_src": as_json, "flatten": rules}) == {"a/0": Leaf(b"1")}


def test_an_export_has_its_keys_and_flags(tmp_path: pathlib.Path) -> None:
    rows = [{"key": "a/", "flags": 0, "value": ""}, {"key": "b", "flags": 7, "value": "/w=="}]
    path = written(tmp_path / "x.json", json.dumps(rows))
    assert read_tree({"tree_src": path}) == {
        "a/": Leaf(b"", flags=0),
        "b": Leaf(b"\xff", flags=7),
    }
    as_list = read_tree({"tree_src": path, "tree_format": "json"})
    assert as_list
    assert as_list["1/value"] == Leaf(b"/w==")
    assert read_tree({"tree_src": written(tmp_path / "none.json", "[]")}) == {}


@given(st.dictionaries(st.text(min_size=1), st.tuples(st.binary(), st.integers(0, 2**64 - 1))))
def test_what_export_writes_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, tuple[bytes, int]]
) -> None:
    path = tmp_path_factory.mktemp("export") / "all"
    records = [Record(key, value, flags) for key, (value, flags) in tree.items()]
    path.write_text(export.text(records), encoding="utf-8")
    found = read_tree({"tree_src": str(path)})
    assert found == {key: Leaf(value, flags=flags) for key, (value, flags) in tree.items()}


@pytest.mark.parametrize(
    ("name", "content", "form", "words"),
    [
        ("a.json", "{", "auto", "is not JSON: Expecting property name"),
        ("a", "a: 1", "auto", "is not JSON"),
        ("a.yml", "a: [", "auto", "is not YAML: while parsing"),
        ("a.yml", "\x01", "auto", "is not YAML"),
        ("a.json", "3", "auto", "holds a single value"),
        ("a.yaml", "", "auto", "holds a single value"),
        ("a.json", '{"a": 1}', "export", "is not what consul kv export writes"),
        ("a.json", b"\xff\xfe\xfa", "json", "is not JSON"),
        ("a.json", '[{"key": "a", "flags": 0, "value": "%"}]', "export", "is not what consul kv"),
        ("a.yml", "a: !!binary 4pyT", "auto", "cannot be written as JSON"),
    ],
)
def test_a_file_that_is_no_tree(
    tmp_path: pathlib.Path, name: str, content: str | bytes, form: str, words: str
) -> None:
    with pytest.raises(UserError, match=words):
        read_tree({"tree_src": written(tmp_path / name, content), "tree_format": form})


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(UserError, match="tree_src /no/such cannot be read: No such file"):
        read_tree({"tree_src": "/no/such"})
