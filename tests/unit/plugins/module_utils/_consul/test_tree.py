# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Change, Leaf, Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import (
    Limit,
    check_deletes,
    check_keys,
    extras,
    plan,
    refusal,
    within,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from hypothesis import given
from hypothesis import strategies as st

OLD = Record("k", b"old", flags=3, index=9)
PATHS = st.lists(st.sampled_from(["a", "ab", "app", "x"]), min_size=1, max_size=3).map("/".join)


@pytest.mark.parametrize(
    ("leaf", "record", "flags", "expected"),
    [
        (Leaf(b"new"), None, None, [Change("k", None, b"new", 0)]),
        (Leaf(b"new"), None, 5, [Change("k", None, b"new", 5)]),
        (Leaf(b""), None, None, [Change("k", None, b"", 0)]),
        (Leaf(b"old"), OLD, None, []),
        (Leaf(b"old"), OLD, 3, []),
        (Leaf(b"old"), OLD, 0, [Change("k", OLD, b"old", 0)]),
        (Leaf(b"new"), OLD, None, [Change("k", OLD, b"new", 3)]),
        (Leaf(b"new"), OLD, 0, [Change("k", OLD, b"new", 0)]),
        (None, OLD, None, [Change("k", OLD, None)]),
        (None, None, None, []),
    ],
)
def test_plan(
    leaf: Leaf | None, record: Record | None, flags: int | None, expected: list[Change]
) -> None:
    assert plan({"k": leaf}, {"k": record} if record else {}, flags) == expected


def test_writes_come_before_deletions() -> None:
    changes = plan({"a": None, "b": Leaf(b"")}, {"a": Record("a", b"")})
    assert [(change.key, change.deletes) for change in changes] == [("b", False), ("a", True)]


def test_a_change_is_checked_by_the_index_that_was_read() -> None:
    assert Change("k", OLD, b"").index == 9
    assert Change("k", None, b"").index == 0


@pytest.mark.parametrize(
    ("key", "root", "expected"),
    [
        ("app", "app", True),
        ("app/", "app", True),
        ("app/x", "app", True),
        ("application", "app", False),
        ("application/x", "app", False),
        ("app", "app/", False),
        ("app/", "app/", True),
        ("app/x", "app/", True),
        ("application/x", "app/", False),
        ("anything", "", True),
    ],
)
def test_a_root_is_a_directory_and_not_the_beginning_of_a_name(
    key: str, root: str, expected: bool
) -> None:
    assert within(key, root) is expected


@given(st.sets(PATHS), st.sets(PATHS), PATHS, st.booleans())
def test_purge_never_leaves_its_directory(
    observed: set[str], wanted: set[str], prefix: str, slash: bool
) -> None:
    root = prefix + "/" if slash else prefix
    found = extras(observed, wanted, root)
    assert set(found) <= observed - wanted
    for key in found:
        assert key.startswith(prefix + "/") or (key == prefix and not slash)
    inside = {key for key in observed if key.startswith(prefix + "/")}
    assert set(found) >= inside - wanted


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ([], ["p/a", "p/b/c", "p/b/d"]),
        (["b/*"], ["p/a"]),
        (["a", "*c"], ["p/b/d"]),
        (["*"], []),
        (["p/a"], ["p/a", "p/b/c", "p/b/d"]),
    ],
)
def test_excluded_keys_stay(exclude: list[str], expected: list[str]) -> None:
    assert extras(["p/a", "p/b/c", "p/b/d", "p/wanted"], {"p/wanted"}, "p/", exclude) == expected


@pytest.mark.parametrize(
    ("limit", "deletes", "total", "allowed"),
    [
        (Limit(2), 2, 100, True),
        (Limit(2), 3, 100, False),
        (Limit(0), 0, 0, True),
        (Limit(0), 1, 9, False),
        (Limit(10, percent=True), 10, 100, True),
        (Limit(10, percent=True), 11, 100, False),
        (Limit(10, percent=True), 1, 9, False),
        (None, 1000, 1000, True),
    ],
)
def test_max_deletes(limit: Limit | None, deletes: int, total: int, allowed: bool) -> None:
    keys = [f"k{n}" for n in range(deletes)]
    if allowed:
        check_deletes(keys, total, limit)
    else:
        with pytest.raises(UserError, match=f"{deletes} of {total} keys would be deleted"):
            check_deletes(keys, total, limit)


@pytest.mark.parametrize(
    "key",
    ["a", "a/b", "a/", "a b", " a", "ü/ñ", "100%", "a?b#c", "a:b;c+d", "...", "a/..b", "日本"],
)
def test_keys_that_consul_keeps_as_they_are(key: str) -> None:
    assert refusal(key) is None


@pytest.mark.parametrize(
    "key", ["", "/a", "a//b", "a//", "..", "a/../b", "a/.", "./a", "a\nb", "a\x00", "a\u00a0b"]
)
def test_keys_that_would_be_lost_or_land_elsewhere(key: str) -> None:
    with pytest.raises(UserError) as caught:
        check_keys(["fine", key])
    assert repr(key) in str(caught.value)
