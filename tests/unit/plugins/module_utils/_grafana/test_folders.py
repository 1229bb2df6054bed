# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders by path and by uid, permissions as a set, tokens of service accounts."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana import (
    folders,
    paths,
    permissions,
    tokens,
)
from ansible_collections.mlops.infra.plugins.module_utils._grafana.model import UID
from ansible_collections.mlops.infra.plugins.module_utils._grafana.permissions import Grant
from hypothesis import given
from hypothesis import strategies as st

titles = st.lists(st.text("aB/ é-", min_size=1).filter(str.strip), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("", []),
        ("General", []),
        (" general ", []),
        ("A", ["A"]),
        ("A/B c/D", ["A", "B c", "D"]),
        ("A//B/C", ["A/B", "C"]),
        ("A / B", ["A", "B"]),
    ],
)
def test_split(path: str, parts: list[str]) -> None:
    assert paths.split(path) == parts


@pytest.mark.parametrize("path", ["/", "A/", "/A", "A/ /B"])
def test_split_refuses_what_is_empty(path: str) -> None:
    with pytest.raises(UserError, match="has an empty part"):
        paths.split(path)


@given(titles, titles)
def test_derived_uids(left: list[str], right: list[str]) -> None:
    assert UID.fullmatch(paths.derived_uid(left))
    assert (paths.derived_uid(left) == paths.derived_uid(right)) is (left == right)
    assert paths.derived_uid(left) != paths.derived_uid(left, "parent")


def test_child() -> None:
    found = [{"uid": "a", "title": "A"}, {"uid": "A2", "title": "B"}, {"uid": "c", "title": "B"}]
    assert paths.child(found, "A", "") == found[0]
    assert paths.child(found, "A2", "") == found[1]
    assert paths.child(found, "C", "") is None
    with pytest.raises(UserError, match=r"There are 2 folders B in Top \(A2, c\)"):
        paths.child(found, "B", "Top")


def test_contents_are_named() -> None:
    folder = {"uid": "f", "title": "F"}
    folders.refuse_contents(folder, [], [])
    boards = ["b", "a", "c", "d", "e"]
    with pytest.raises(UserError, match=r"\(folder X, board a, .* and 1 more\)"):
        folders.refuse_contents(folder, boards, ["X"])


grants = st.sets(
    st.builds(Grant, st.sampled_from(["role", "team"]), st.sampled_from("ab"), st.just(1)),
    max_size=4,
)


@given(grants, grants)
def test_permissions_change_whenever_they_differ(before: set[Grant], after: set[Grant]) -> None:
    assert bool(permissions.changes(before, after)) is (before != after)
    assert len(permissions.changes(before, after)) == len(before ^ after)


def test_permissions_of_others_are_no_business_of_ours() -> None:
    answer = [
        {"role": "Viewer", "permission": 1, "inherited": True},
        {"role": "Admin", "permission": 4},
        {"team": "ML", "teamId": 1, "permission": 2},
        {"userLogin": "eve", "userId": 3, "permission": 4},
        {"permission": 1},
    ]
    assert permissions.observed(answer) == {Grant("team", "ML", 2), Grant("user", "eve", 4)}


@pytest.mark.parametrize(
    ("option", "found", "has_file", "step"),
    [
        ({}, [], False, (None, True)),
        ({}, [{"id": 3, "name": "t"}], True, (None, False)),
        ({}, [{"id": 3, "name": "t", "hasExpired": True}], True, (3, True)),
        ({"dest": None}, [{"id": 3, "name": "t"}], False, (None, False)),
        ({"recreate": True}, [{"id": 3, "name": "t"}], False, (3, True)),
        ({"state": "absent"}, [{"id": 3, "name": "t"}], True, (3, False)),
        ({"state": "absent"}, [{"id": 3, "name": "other"}], True, (None, False)),
    ],
)
def test_tokens(option: t.Any, found: t.Any, has_file: bool, step: t.Any) -> None:
    base = {"name": "t", "state": "present", "dest": "/f", "recreate": False}
    planned = tokens.plan({**base, **option}, found, has_file)
    assert (planned.remove, planned.create) == step
    assert bool(planned.changes) is (step != (None, False))
