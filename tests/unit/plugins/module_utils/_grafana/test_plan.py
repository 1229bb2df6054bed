# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana.plan import (
    Observed,
    Wanted,
    plan_absent,
    plan_present,
    reached,
)

BOARD = {"title": "T", "uid": "t-1", "panels": []}


def observed(board: dict[str, t.Any] | None = None, **meta: t.Any) -> Observed:
    return Observed({**BOARD, "id": 3, "version": 4, **(board or {})}, {"folderUid": "", **meta})


def test_create() -> None:
    plan = plan_present(Wanted(BOARD, "f", "why"), None)
    assert (plan.action, plan.changed, plan.changes) == ("create", True, ["created"])
    assert plan.needs_folder == "f"
    assert plan.payload == {
        "dashboard": {**BOARD, "version": 0},
        "folderUid": "f",
        "message": "why",
        "overwrite": False,
    }
    assert plan.before is None
    assert plan.after == {**BOARD, "folderUid": "f"}


def test_nothing_to_do() -> None:
    plan = plan_present(Wanted(BOARD), observed())
    assert (plan.action, plan.changed, plan.payload) == ("none", False, None)


def test_update_posts_the_version_that_was_read_and_no_id() -> None:
    plan = plan_present(Wanted({**BOARD, "title": "New"}), observed())
    assert plan.action == "update"
    assert plan.changes == ['title: "T" -> "New"']
    assert plan.payload is not None
    assert plan.payload["dashboard"] == {**BOARD, "title": "New", "version": 4}


@pytest.mark.parametrize(
    ("wanted", "current", "goal", "needed"),
    [
        (None, "f", "f", None),
        ("", "f", "", None),
        ("general", "f", "", None),
        ("g", "f", "g", "g"),
        ("f", "f", "f", None),
    ],
)
def test_folder(wanted: str | None, current: str, goal: str, needed: str | None) -> None:
    plan = plan_present(Wanted({**BOARD, "title": "New"}, wanted), observed(folderUid=current))
    assert plan.payload is not None
    assert plan.payload["folderUid"] == goal
    assert plan.needs_folder == needed


def test_a_move_alone_is_a_change() -> None:
    plan = plan_present(Wanted(BOARD, "g"), observed(folderUid="f"))
    assert plan.changes == ['folderUid: "f" -> "g"']


@pytest.mark.parametrize(
    ("meta", "uid"),
    [
        ({"folderUid": "f"}, "f"),
        ({"folderUid": "general"}, ""),
        ({"folderUrl": "/dashboards/f/abc/some-folder"}, "abc"),
        ({"folderUrl": "/sub/dashboards/f/abc/some-folder"}, "abc"),
        ({"folderUrl": ""}, ""),
        ({}, ""),
    ],
)
def test_observed_folder(meta: dict[str, t.Any], uid: str) -> None:
    assert Observed(BOARD, meta).folder_uid == uid


def test_provisioned_is_refused_when_something_would_change() -> None:
    locked = observed(provisioned=True, provisionedExternalId="a/b.json")
    assert plan_present(Wanted(BOARD), locked).action == "none"
    with pytest.raises(UserError, match=r"Cannot save dashboard t-1: .* from a/b.json"):
        plan_present(Wanted({**BOARD, "title": "New"}), locked)


def test_provisioned_with_updates_allowed_is_a_warning() -> None:
    plan = plan_present(Wanted({**BOARD, "title": "New"}), observed(provisionedExternalId="b.json"))
    assert plan.action == "update"
    assert "also provisioned from b.json" in plan.warnings[0]


def test_absent() -> None:
    assert plan_absent("t-1", None).action == "none"
    plan = plan_absent("t-1", observed())
    assert (plan.action, plan.changes, plan.after) == ("delete", ["removed"], None)


@pytest.mark.parametrize("meta", [{"provisioned": True}, {"provisionedExternalId": "b.json"}])
def test_a_provisioned_board_cannot_be_deleted(meta: dict[str, t.Any]) -> None:
    with pytest.raises(UserError, match="Cannot delete dashboard t-1"):
        plan_absent("t-1", observed(**meta))


def test_a_folder_is_never_touched() -> None:
    folder = observed(isFolder=True)
    with pytest.raises(UserError, match="that of a folder"):
        plan_absent("t-1", folder)
    with pytest.raises(UserError, match="that of a folder"):
        plan_present(Wanted(BOARD), folder)


def test_reached() -> None:
    assert reached(Wanted(BOARD), observed()) == []
    assert reached(Wanted(BOARD), None) == ["the dashboard is not there"]
    assert reached(Wanted(BOARD), observed({"title": "X"})) == ['title: "X" -> "T"']


def test_last_change_names_who_and_when() -> None:
    seen = observed(updatedBy="eve", updated="2026-11-23T02:09:25Z")
    assert seen.last_change == "version 4, saved by eve at 2026-11-23T02:09:25Z"
