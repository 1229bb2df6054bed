# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that servers, routers and shells take apart, and values at the limits: right, or refused by
name before anything is written."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from . import stage
from .test_properties import BOUNDED, OLD

RIGHT = [
    "a b", " a", "a ", "a%", "%", "%2F", "%2e%2e/a", "a%20b", "%zz", "%00", "a?b", "?recurse", "a#b",
    "a&b=c", "a+b", "a;b", "a:b", "a\\b", "a'b\"c", "a,b", "a|b", "a*b", "[a]", "{a}", "{{ a }}", "$a",
    "...", "a..b", "..a", "a.", "~", "-", "ü", "u\u0308", "漢字", "🙂", "عربي", "a/b/c/d/e/f", "dir/",
    "null", "true", "0", "k" * 400,
]  # fmt: skip
REFUSED = [
    "/a", "//a", "a//b", "a/b//", "..", "../a", "a/..", "a/../b", ".", "./a", "a/.", "a/./b", "a\nb",
    "\n", "a\r", "a\tb", "\x00", "a\x7f", "\u200b", "\u2028", "\ufeff",
]  # fmt: skip
LIMIT = 512 * 1024
NEWER = "\U00018af3"  # of Unicode 13; a Consul that knows none but older ones reads no such key


@pytest.mark.parametrize("key", RIGHT)
def test_a_key_is_right(consul: stage.Stage, root: str, key: str) -> None:
    whole = f"{root}/{key}"
    assert consul.run("consul_kv", prefix=root, tree={key: "one"})["written"] == [whole]
    assert consul.tree(root) == {whole: (b"one", 0)}
    assert not consul.run("consul_kv", prefix=root, tree={key: "one"})["changed"]
    assert consul.run("consul_kv", key=whole)["data"]["Value"] == "one"
    assert consul.run("consul_kv", key=whole, value="two")["changed"]
    assert consul.tree(root) == {whole: (b"two", 0)}
    assert consul.run("consul_kv", prefix=root, state="absent")["deleted"] == [whole]
    large = "x" * (LIMIT - 1)
    assert consul.run("consul_kv", key=whole, value=large)["changed"], "by another request"
    assert consul.tree(root) == {whole: (large.encode(), 0)}
    assert consul.run("consul_kv", key=whole, state="absent")["changed"]
    assert consul.tree(root) == {}


@pytest.mark.parametrize("key", REFUSED)
def test_a_key_is_refused(consul: stage.Stage, root: str, key: str) -> None:
    consul.put(root, b"near")
    tasks: list[dict[str, t.Any]] = [
        {"prefix": root, "tree": {"first": "v", key: "v", "z": "v"}, "purge": True},
        {"key": f"{root}/{key}", "value": "v"},
        {"key": f"{root}/{key}", "state": "absent"},
        {"key": f"{root}/{key}", "state": "absent", "recurse": True},
    ]
    for task in tasks:
        for check in (True, False):
            result = consul.run("consul_kv", check=check, **task)
            assert result["failed"], task
            assert "exception" not in result
            assert repr(f"{root}/{key}") in result["msg"]
    assert consul.tree(root) == {root: (b"near", 0)}


@pytest.mark.parametrize("check", [True, False])
def test_a_key_that_is_too_new_for_the_server(consul: stage.Stage, root: str, check: bool) -> None:
    """Asked for by itself it is refused by name, unless the server knows it; in a tree it is right."""
    known = consul.ask("GET", f"kv/{stage.quoted(NEWER)}").status_code != 400
    for task in ({"value": "v"}, {"state": "absent"}, {}):
        result = consul.run("consul_kv", check=check, key=f"{root}/{NEWER}", **task)
        assert known or (result["failed"] and NEWER in result["msg"])
    assert check or known or consul.tree(root) == {}
    params = {"prefix": root, "tree": {NEWER: "v"}}
    consul.run("consul_kv", **params)
    assert consul.tree(root) == {f"{root}/{NEWER}": (b"v", 0)}
    assert not consul.run("consul_kv", check=check, **params)["changed"]
    assert consul.run("consul_kv", prefix=root, state="absent")["changed"]
    assert consul.tree(root) == {}


@BOUNDED
@given(key=st.text(OLD, max_size=12))
def test_any_key_is_right_or_refused(consul: stage.Stage, root: str, key: str) -> None:
    consul.clear(root)
    consul.put(root, b"near")
    result = consul.run("consul_kv", prefix=root, tree={"first": "v", key: "v"})
    assert "exception" not in result
    written = {f"{root}/first": (b"v", 0), f"{root}/{key}": (b"v", 0)}
    assert consul.tree(root) == {root: (b"near", 0), **({} if result.get("failed") else written)}
    if result.get("failed"):
        assert repr(f"{root}/{key}") in result["msg"]
    else:
        found = consul.run("consul_kv", key=f"{root}/{key}")
        assert found["data"]["Value"] == "v"


@pytest.mark.parametrize("size", [393_000, 393_216, 400_000, LIMIT - 1, LIMIT])
@pytest.mark.parametrize("purge", [False, True])
def test_a_large_value(consul: stage.Stage, root: str, size: int, purge: bool) -> None:
    tree = {"large": "x" * size, "other/large": "y" * size, "small": "v"}
    consul.put(f"{root}/extra", b"v")
    params = {"prefix": root, "tree": tree, "purge": purge, "flags": 5}
    assert consul.run("consul_kv", **params)["changed"]
    expected = {f"{root}/{key}": (value.encode(), 5) for key, value in tree.items()}
    assert consul.tree(root) == expected | ({} if purge else {f"{root}/extra": (b"v", 0)})
    assert not consul.run("consul_kv", **params)["changed"]


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT * 2])
def test_a_value_that_is_too_large(consul: stage.Stage, root: str, size: int) -> None:
    tree = {"a": "v", "large": "x" * size, "right": "y" * LIMIT, "z": "v"}
    for check in (True, False):
        result = consul.run("consul_kv", check=check, prefix=root, tree=tree)
        assert result["failed"]
        assert f"{root}/large" in result["msg"]
        assert str(size) in result["msg"]
        assert "x" * 100 not in str(result["msg"])
    assert consul.tree(root) == {}


def test_a_value_that_is_not_text(consul: stage.Stage, root: str, tmp_path: t.Any) -> None:
    data = bytes(range(256)) * 2048
    path = tmp_path / "value"
    path.write_bytes(data)
    assert len(data) == LIMIT
    assert consul.run("consul_kv", key=f"{root}/k", src=str(path))["changed"]
    assert consul.tree(root) == {f"{root}/k": (data, 0)}
    assert not consul.run("consul_kv", key=f"{root}/k", value_b64=stage.encoded(data))["changed"]


def test_atomic_with_a_value_too_large_for_a_transaction(consul: stage.Stage, root: str) -> None:
    tree = {"a": "v", "large": "x" * (LIMIT - 1)}
    for check in (True, False):
        result = consul.run("consul_kv", check=check, prefix=root, tree=tree, atomic=True)
        assert result["failed"]
        assert "atomic" in result["msg"]
    assert consul.tree(root) == {}
