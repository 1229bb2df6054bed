# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.goal import (
    Goal,
    goal,
    parse_limit,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Leaf,
    Listing,
    Record,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import Limit
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ConflictError,
    UserError,
)

DEFAULTS: dict[str, t.Any] = {
    "state": "present",
    "purge": False,
    "purge_exclude": [],
    "allow_root": False,
    "batch_size": 64,
}


def parsed(value: bytes | None = None, **params: t.Any) -> Goal:
    return goal({**DEFAULTS, **params}, None if value is None else Leaf(value))


@pytest.mark.parametrize(
    ("value", "params", "expected"),
    [
        (None, {"key": "a"}, Goal("a", False, {})),
        (b"", {"key": "a"}, Goal("a", False, {"a": Leaf(b"")})),
        (b"x", {"key": "a", "recurse": True}, Goal("a", False, {"a": Leaf(b"x")})),
        (b"x", {"key": "a/", "cas": 0}, Goal("a/", False, {"a/": Leaf(b"x")}, cas=0)),
        (None, {"key": "a", "state": "absent", "cas": 7}, Goal("a", False, {"a": None}, cas=7)),
        (None, {"key": "a", "recurse": True}, Goal("a", True, {})),
        (None, {"key": "a", "recurse": True, "state": "absent"}, Goal("a", True, {}, prune=True)),
        (None, {"prefix": "a"}, Goal("a/", True, {})),
        (None, {"prefix": "a/", "state": "absent"}, Goal("a/", True, {}, prune=True)),
        (None, {"prefix": "a", "tree": {"b": 1}}, Goal("a/", True, {"a/b": Leaf(b"1")})),
        (None, {"prefix": "", "tree": {"b": 1}}, Goal("", True, {"b": Leaf(b"1")})),
        (
            None,
            {"prefix": "a", "tree": {"b": 1}, "state": "absent", "purge": True},
            Goal("a/", True, {"a/b": None}),
        ),
        (
            None,
            {"prefix": "a", "tree": {"b": 1}, "cas": 0},
            Goal("a/", True, {"a/b": Leaf(b"1")}, cas=0),
        ),
        (
            None,
            {"prefix": "a", "tree": [{"key": "b"}], "state": "absent"},
            Goal("a/", True, {"a/b": None}),
        ),
        (
            None,
            {"prefix": "", "tree": {}, "purge": True, "allow_root": True},
            Goal("", True, {}, prune=True),
        ),
    ],
)
def test_goal(value: bytes | None, params: dict[str, t.Any], expected: Goal) -> None:
    assert parsed(value, **params) == expected


@pytest.mark.parametrize(
    ("value", "params", "words"),
    [
        (None, {"prefix": "", "state": "absent"}, "allow_root"),
        (None, {"prefix": "/", "state": "absent"}, "allow_root"),
        (None, {"prefix": "", "tree": {}, "purge": True}, "allow_root"),
        (None, {"key": "", "recurse": True, "state": "absent"}, "allow_root"),
        (b"x", {"key": ""}, "is empty"),
        (b"x", {"key": "/a"}, "begins with"),
        (None, {"prefix": "/a"}, "begins with"),
        (None, {"prefix": "a", "tree": {"/b": 1}}, "'a//b'"),
        (None, {"prefix": "a", "tree": {"..": {"b": 1}}}, r"'a/\.\./b'"),
        (None, {"key": "a", "flags": 1}, "flags"),
        (b"x", {"key": "a", "flags": -1}, "2\\*\\*64"),
        (b"x", {"key": "a", "flags": 2**64}, "2\\*\\*64"),
        (None, {"key": "a", "state": "absent", "cas": 0}, "cas is 0"),
        (None, {"key": "a", "state": "absent", "cas": 1, "recurse": True}, "recurse"),
        (None, {"prefix": "a", "tree": {}, "cas": 1}, "cas can only be 0"),
        (None, {"prefix": "a", "tree": {}, "cas": 0, "purge": True}, "leave out cas, or purge"),
        (None, {"prefix": "a", "tree": {}, "cas": 0, "state": "absent"}, "cas can only be 0"),
        (None, {"prefix": "a", "cas": 0}, "cas can only be 0"),
        (None, {"prefix": "a", "tree": {}, "flatten": {"separator": ""}}, "separator is empty"),
        (None, {"prefix": "a", "batch_size": 0}, "batch_size is 0"),
        (None, {"prefix": "a", "max_deletes": "many"}, "max_deletes is 'many'"),
    ],
)
def test_refusals_name_the_option(
    value: bytes | None, params: dict[str, t.Any], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        parsed(value, **params)


def test_of_a_tree_only_what_is_missing_is_written() -> None:
    wanted = parsed(prefix="p", tree={"a": 1, "b": 2}, cas=0)
    changes = wanted.changes(Listing({"p/a": Record("p/a", b"other")}))
    assert [change.key for change in changes] == ["p/b"]


def test_nulls_that_delete_are_counted_by_max_deletes() -> None:
    tree = {"a": None, "b": None}
    wanted = parsed(prefix="p", tree=tree, flatten={"nulls": "delete"}, max_deletes="1")
    listing = Listing({k: Record(k, b"") for k in ("p/a", "p/b", "p/c")})
    changes = wanted.changes(listing)
    with pytest.raises(UserError, match="2 of 3"):
        wanted.check(changes, listing)


RECORD = Record("k", b"old", index=7)


@pytest.mark.parametrize(
    ("cas", "there", "value", "expected"),
    [
        (0, False, b"new", 1),
        (0, True, b"new", 0),
        (7, True, b"new", 1),
        (7, True, b"old", 0),
        (8, True, b"old", 0),
        (8, True, b"new", None),
        (7, False, b"new", None),
    ],
)
def test_cas(cas: int, there: bool, value: bytes, expected: int | None) -> None:
    wanted = parsed(value, key="k", cas=cas)
    listing = Listing({"k": RECORD} if there else {})
    if expected is None:
        with pytest.raises(ConflictError, match=f"cas is {cas}"):
            wanted.changes(listing)
    else:
        assert len(wanted.changes(listing)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("20", Limit(20)),
        ("0", Limit(0)),
        (" 10 % ", Limit(10, percent=True)),
        ("2.5%", Limit(2.5, percent=True)),
    ],
)
def test_limits(text: str | None, expected: Limit | None) -> None:
    assert parse_limit(text) == expected
