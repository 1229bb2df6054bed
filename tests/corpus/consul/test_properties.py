# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever tree is there and whatever tree is wanted: what has to hold on a real server."""

from __future__ import annotations

import fnmatch
import itertools
import json
import pathlib
import subprocess
import typing as t
import unicodedata

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from . import servers, stage

Nested = dict[str, t.Any]
BOUNDED = settings(
    max_examples=150,
    # A server of the tests' own is asked the same each time; one that was named, something new.
    derandomize=not stage.given(),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
COUNT = itertools.count()
ODD = [
    " ",
    "a b",
    "%",
    "%2F",
    "a%20b",
    "?x=1",
    "#",
    "&",
    "+",
    "=",
    "\\",
    ":",
    "ü",
    "漢",
    "🙂",
    "...",
    "-x",
    "*",
    "[",
]
# A server takes the characters of the Unicode that it was built with, which may be older than ours.
OLD = st.characters(codec="utf-8").filter(lambda c: unicodedata.ucd_3_2_0.category(c) != "Cn")
SEGMENTS = st.one_of(
    st.sampled_from(["a", "b", "ab", *ODD]),
    st.text(OLD, min_size=1, max_size=6).filter(
        lambda s: s.isprintable() and "/" not in s and s not in (".", "..")
    ),
)
KEYS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join)
# What others may have put there by ways that let them.
STRANGE = st.sampled_from(["/lead", "a//b", "a/", "a/../b", "a/./b", "new\nline", "\x00"])
FLAGS = st.sampled_from([0, 1, 42, 2**63, 2**64 - 1])
BINARY = st.one_of(
    st.binary(max_size=40), st.sampled_from([b"", b"None", b"null", b"[1, 2]", b"\xff"])
)
THERE = st.dictionaries(st.one_of(KEYS, KEYS, STRANGE), st.tuples(BINARY, FLAGS), max_size=12)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
LEAVES = st.one_of(
    TEXTS, st.sampled_from(["", "None", "null"]), st.booleans(), st.integers(-(2**60), 2**60), st.none(),
    st.lists(st.integers(0, 9), max_size=3),
)  # fmt: skip
WANTED = st.recursive(
    st.dictionaries(SEGMENTS, LEAVES, max_size=4),
    lambda inner: st.dictionaries(SEGMENTS, st.one_of(LEAVES, inner), max_size=4),
    max_leaves=12,
)
EXCLUDES = st.lists(st.sampled_from(["a", "a/*", "*b", "*", "b?"]), max_size=2)


def flat(tree: Nested, path: str = "") -> t.Iterator[tuple[str, t.Any]]:
    for name, node in tree.items():
        if isinstance(node, dict):
            yield from flat(node, f"{path}{name}/")
        else:
            yield f"{path}{name}", node


def text(leaf: t.Any) -> bytes:
    """As the documentation says that O(tree) is written."""
    if leaf is None:
        return b""
    return (leaf if isinstance(leaf, str) else json.dumps(leaf, separators=(",", ":"))).encode()


def says(stored: bytes, leaf: t.Any) -> bool:
    if not isinstance(leaf, list):
        return stored == text(leaf)
    try:
        return bool(json.loads(stored) == leaf)
    except ValueError:
        return False


def surroundings(prefix: str) -> stage.Tree:
    """What is near the directory and not in it."""
    around = (prefix, f"{prefix}-b/k", f"{prefix}b", f"{prefix[:-1]}/k", f"{prefix} /k")
    return dict.fromkeys(around, (b"not yours", 7))


@BOUNDED
@given(
    there=THERE,
    tree=WANTED,
    name=KEYS,
    flags=st.none() | FLAGS,
    purge=st.booleans(),
    exclude=EXCLUDES,
)
@example(
    there={"a": (b"", 1)}, tree={"a": "", "b": None}, name="p", flags=None, purge=True, exclude=[]
)
@example(
    there={"a/": (b"", 0), "a//b": (b"", 0)}, tree={}, name="p", flags=3, purge=True, exclude=[]
)
def test_a_tree_is_as_wanted(
    consul: stage.Stage, root: str, there: stage.Tree, tree: Nested, name: str,
    flags: int | None, purge: bool, exclude: list[str],
) -> None:  # fmt: skip
    base = f"{root}/{next(COUNT)}/"
    prefix = f"{base}{name}"
    before = {f"{prefix}/{key}": row for key, row in there.items()}
    consul.put_all({**surroundings(prefix), **before})
    around = outside(consul, base, prefix)
    params = {
        "prefix": prefix,
        "tree": tree,
        "flags": flags,
        "purge": purge,
        "purge_exclude": exclude,
    }

    dry = consul.run("consul_kv", check=True, **params)
    assert consul.tree(f"{prefix}/") == before
    assert outside(consul, base, prefix) == around
    result = consul.run("consul_kv", **params)
    assert not result.get("failed"), result["msg"]
    told = ("changed", "written", "deleted", "diff")
    assert [dry[name] for name in told] == [result[name] for name in told]

    after, wanted = consul.tree(f"{prefix}/"), {f"{prefix}/{k}": v for k, v in flat(tree)}
    for key, leaf in wanted.items():
        kept = before.get(key, (b"", 0))[1]
        assert says(after[key][0], leaf)
        assert after[key][1] == (kept if flags is None else flags)
    extra = {
        key: row
        for key, row in before.items()
        if key not in wanted and not (purge and not spared(key[len(prefix) + 1 :], exclude))
    }
    assert {key: row for key, row in after.items() if key not in wanted} == extra
    assert outside(consul, base, prefix) == around, "not even written again"
    assert result["written"] == sorted(key for key in wanted if after[key] != before.get(key))
    assert result["deleted"] == sorted(before.keys() - after.keys())
    assert result["changed"] == (after != before)

    rows = consul.rows(base)
    again = consul.run("consul_kv", **params)
    assert (again["changed"], again["written"], again["deleted"]) == (False, [], [])
    assert consul.rows(base) == rows


def spared(name: str, globs: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name.lstrip("/"), glob) for glob in globs)


def outside(consul: stage.Stage, base: str, prefix: str) -> list[stage.Json]:
    """Whole records, so that writing the same again would show."""
    return [row for row in consul.rows(base) if not row["Key"].startswith(f"{prefix}/")]


@BOUNDED
@given(name=KEYS, data=BINARY, flags=st.none() | FLAGS, there=st.none() | st.tuples(BINARY, FLAGS))
def test_a_key_is_as_wanted(
    consul: stage.Stage, root: str, name: str, data: bytes, flags: int | None,
    there: tuple[bytes, int] | None,
) -> None:  # fmt: skip
    base = f"{root}/{next(COUNT)}/"
    key = base + name
    consul.put_all(surroundings(key)) if there is None else consul.put_all(
        {**surroundings(key), key: there}
    )
    around = {k: v for k, v in surroundings(key).items() if k != key}
    if there is None:
        consul.put_all({key: (b"soon gone", 0)})
        assert consul.run("consul_kv", key=key, state="absent")["changed"]
        assert consul.tree(base) == around
    params = {"key": key, "value_b64": stage.encoded(data), "flags": flags}
    result = consul.run("consul_kv", **params)
    expected = (data, flags if flags is not None else there[1] if there else 0)
    assert result["changed"] == (expected != there)
    assert consul.tree(base) == {**around, key: expected}
    assert not consul.run("consul_kv", **params)["changed"]
    assert consul.run("consul_kv", key=key, state="absent")["changed"]
    assert not consul.run("consul_kv", key=key, state="absent")["changed"]
    assert consul.tree(base) == around


ENTRIES = st.dictionaries(KEYS, st.tuples(BINARY, st.none() | FLAGS), max_size=10)


@BOUNDED
@given(there=THERE, entries=ENTRIES, flags=st.none() | FLAGS, name=KEYS)
def test_entries_are_as_wanted(
    consul: stage.Stage, root: str, there: stage.Tree, entries: stage.Json, flags: int | None, name: str
) -> None:  # fmt: skip
    """Bytes of any kind, each with flags of its own, in place of all that was there."""
    base = f"{root}/{next(COUNT)}/"
    prefix = f"{base}{name}"
    before = {f"{prefix}/{key}": row for key, row in there.items()}
    consul.put_all({**surroundings(prefix), **before})
    around = outside(consul, base, prefix)
    tree = [
        {"key": key, "value_b64": stage.encoded(data), **({} if own is None else {"flags": own})}
        for key, (data, own) in entries.items()
    ]
    params = {"prefix": prefix, "tree": tree, "flags": flags, "purge": True}
    wanted = {}
    for key, (data, own) in entries.items():
        kept = before.get(f"{prefix}/{key}", (b"", 0))[1]
        given_flags = own if own is not None else flags
        wanted[f"{prefix}/{key}"] = (data, kept if given_flags is None else given_flags)
    dry = consul.run("consul_kv", check=True, **params)
    result = consul.run("consul_kv", **params)
    assert not result.get("failed"), result["msg"]
    assert consul.tree(f"{prefix}/") == wanted
    assert outside(consul, base, prefix) == around
    assert result["changed"] == dry["changed"] == (wanted != before)
    assert not consul.run("consul_kv", **params)["changed"]


# The command itself cannot write what is STRANGE, but for a key that is a directory.
IMPORTABLE = st.dictionaries(st.one_of(KEYS, st.just("a/")), st.tuples(BINARY, FLAGS), max_size=12)


@settings(BOUNDED, max_examples=12)
@given(there=IMPORTABLE)
@example(there={"": (b"the directory itself", 3), "a/": (b"", 0)})
def test_export_purge_import_is_the_identity(
    consul: stage.Stage, root: str, tmp_path_factory: t.Any, image: str, there: stage.Tree
) -> None:
    prefix = f"{root}/{next(COUNT)}"
    before = {f"{prefix}/{key}": row for key, row in there.items()}
    consul.put_all({**surroundings(prefix), **before})
    path: pathlib.Path = tmp_path_factory.mktemp("export") / "kv.json"
    params = {"prefix": prefix, "path": str(path)}
    assert consul.run("consul_kv_export", **params)["count"] == len(before)
    assert not consul.run("consul_kv_export", **params)["changed"]
    assert path.read_text().rstrip("\n") == cli(consul, "export", f"{prefix}/").rstrip("\n")

    purged = consul.run("consul_kv", prefix=prefix, tree={}, purge=True)
    assert purged["deleted"] == sorted(before)
    assert consul.tree(f"{prefix}/") == {}
    cli(consul, "import", "-", stdin=path.read_text())
    assert consul.tree(f"{prefix}/") == before
    assert not consul.run("consul_kv_export", **params)["changed"]

    imported = {"prefix": prefix, "tree_src": str(path), "purge": True}
    assert not consul.run("consul_kv", **imported)["changed"]
    assert consul.run("consul_kv", prefix=prefix, state="absent")["deleted"] == sorted(before)
    result = consul.run("consul_kv", **imported)
    assert result.get("written") == sorted(before), result.get("msg")
    assert consul.tree(f"{prefix}/") == before
    assert not consul.run("consul_kv_export", **params)["changed"]


def cli(consul: stage.Stage, *arguments: str, stdin: str = "") -> str:
    """What Consul's own command says, from the lab's image."""
    command = ["docker", "run", "--rm", "--interactive", "--network=host", "--entrypoint=consul"]
    verb, *rest = arguments
    address = f"-http-addr={consul.server}"
    done = subprocess.run(
        [*command, servers.image(), "kv", verb, address, *rest],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
