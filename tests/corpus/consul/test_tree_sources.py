# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree in a directory, in JSON, in YAML and in an export: the same keys, whoever else is there."""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t

import pytest
import yaml

from ..shared.proxy import counting
from . import stage
from .test_concurrency import RUNNERS, Meddler, Result, at_once

TEXTS = {"a": "1", "deep/er/b": "two words\n", "ü": "✓", "empty": ""}


def nested(flat: dict[str, str]) -> dict[str, t.Any]:
    tree: dict[str, t.Any] = {}
    for key, value in flat.items():
        *folders, name = key.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return tree


def as_directory(home: pathlib.Path, _root: str) -> pathlib.Path:
    for key, value in TEXTS.items():
        path = home / "tree" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value)
    (home / "tree" / ".hidden").write_text("not this")
    (home / "tree" / "linked").symlink_to(home / "tree" / "a")
    return home / "tree"


def as_json(home: pathlib.Path, _root: str) -> pathlib.Path:
    (home / "tree.json").write_text(json.dumps({**nested(TEXTS), "linked": "1"}))
    return home / "tree.json"


def as_yaml(home: pathlib.Path, _root: str) -> pathlib.Path:
    text = yaml.safe_dump(nested(TEXTS), allow_unicode=True)
    (home / "tree.yml").write_text(text.replace("a: '1'", "a: &one '1'") + "linked: *one\n")
    return home / "tree.yml"


def as_export(home: pathlib.Path, root: str) -> pathlib.Path:
    rows = [
        {"key": f"{root}/{key}", "flags": 0, "value": base64.b64encode(value.encode()).decode()}
        for key, value in {**TEXTS, "linked": "1"}.items()
    ]
    (home / "export.json").write_text(json.dumps(rows))
    return home / "export.json"


@pytest.mark.parametrize("made", [as_directory, as_json, as_yaml, as_export])
def test_each_form_says_the_same(
    consul: stage.Stage,
    root: str,
    tmp_path: pathlib.Path,
    made: t.Callable[[pathlib.Path, str], pathlib.Path],
) -> None:
    consul.put(f"{root}/surplus", b"x")
    consul.put(f"{root}x/near", b"x")
    task = {"prefix": root, "tree_src": str(made(tmp_path, root)), "purge": True}
    foreseen = consul.run("consul_kv", check=True, **task)
    first, second = (consul.run("consul_kv", **task) for _ in range(2))
    assert [foreseen.get("msg"), first.get("msg")] == [None, None]
    for name in ("changed", "written", "deleted", "diff"):
        assert foreseen[name] == first[name]
    assert (first["deleted"], second["changed"]) == ([f"{root}/surplus"], False)
    wanted = {f"{root}/{key}": (value.encode(), 0) for key, value in TEXTS.items()}
    wanted |= {f"{root}/linked": (b"1", 0), f"{root}x/near": (b"x", 0)}
    assert consul.tree(root) == wanted
    assert consul.run("consul_kv", state="absent", **{**task, "purge": False})["changed"]
    assert consul.tree(root) == {f"{root}x/near": (b"x", 0)}
    consul.clear(f"{root}x")


def test_export_purge_tree_src_is_the_identity(
    consul: stage.Stage, root: str, tmp_path: pathlib.Path
) -> None:
    there = {
        f"{root}/": (b"the directory itself", 3),
        f"{root}/a": (b"\x00\xff", 2**64 - 1),
        f"{root}/a/": (b"", 1),
        f"{root}/a/b <&>ü": ("✓".encode(), 2**63),
    }
    consul.put_all(there)
    there[f"{root}/large"] = (b"x" * 500_000, 7)
    consul.put(f"{root}/large", *there[f"{root}/large"])
    path = str(tmp_path / "saved.json")
    assert consul.run("consul_kv_export", prefix=root, path=path)["count"] == len(there)
    assert consul.run("consul_kv", prefix=root, tree={"other": "1"}, purge=True)["changed"]
    task = {"prefix": root, "tree_src": path, "purge": True}
    back = consul.run("consul_kv", **task)
    assert (len(back["written"]), back["deleted"]) == (len(there), [f"{root}/other"])
    assert consul.tree(root) == there
    assert consul.run("consul_kv", **task)["changed"] is False
    assert consul.run("consul_kv_export", prefix=root, path=path)["changed"] is False


def test_entries_keep_their_own_flags_whoever_writes_meanwhile(
    consul: stage.Stage, root: str
) -> None:
    consul.put_all({f"{root}/{name}": (b"old", 3) for name in ("own", "kept", "same")})
    theirs = {"own": (b"theirs", 8), "kept": (b"theirs", 9), "same": (b"ours", 7)}
    meddled = {f"{root}/{name}": row for name, row in theirs.items()}
    tree = [
        {"key": "own", "value": "ours", "flags": 2**64 - 1},
        {"key": "kept", "value": "ours"},
        {"key": "same", "value_b64": "b3Vycw==", "flags": 7},
    ]
    with counting(consul.server, Meddler(consul, meddled)) as proxy:
        result = stage.Stage(proxy.address).run("consul_kv", prefix=root, tree=tree)
    assert result["written"] == [f"{root}/kept", f"{root}/own"], (
        "they made the third as it is to be"
    )
    assert consul.tree(root) == {
        f"{root}/own": (b"ours", 2**64 - 1),
        f"{root}/kept": (b"ours", 9),
        f"{root}/same": (b"ours", 7),
    }


def writes_what_is_missing(server: str, root: str, number: int) -> Result:
    tree = [{"key": f"k{n:03}", "value": str(number), "flags": number} for n in range(200)]
    return stage.Stage(server).run("consul_kv", prefix=root, tree=tree, cas=0)


def test_of_many_who_write_what_is_missing_each_key_has_one(consul: stage.Stage, root: str) -> None:
    consul.put_all({f"{root}/k{n:03}": (b"before", 99) for n in range(0, 200, 7)})
    before = consul.tree(root)
    outcomes = at_once(writes_what_is_missing, consul.server, root)
    assert [o.get("msg") for o in outcomes] == [None] * RUNNERS
    after = consul.tree(root)
    assert len(after) == 200
    claimed = [key for o in outcomes for key in o["written"]]
    assert sorted(claimed) == sorted(after.keys() - before.keys()), "each once, and no other"
    for number, outcome in enumerate(outcomes):
        assert {after[key] for key in outcome["written"]} <= {(str(number).encode(), number)}
    assert {key: after[key] for key in before} == before
    assert writes_what_is_missing(consul.server, root, 0)["changed"] is False
