# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders on the simulator in the profile of each version."""

from __future__ import annotations

import typing as t
import uuid

import pytest
from ansible_collections.mlops.infra.plugins.modules import grafana_folder

from .grafana_in_process import Grafana, Result, Run

NESTED = ("11.2", "11.6", "12.4", "13.0", "13.x-409")


@pytest.fixture
def run(grafana: Grafana, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(grafana_folder, grafana.url, capfd)


@pytest.fixture
def name() -> str:
    return f"F {uuid.uuid4().hex[:10]}"


def put_board(grafana: Grafana, folder: str, name: str) -> None:
    board = {"title": f"Board of {name}", "uid": f"in-{folder}"[:40]}
    grafana.post("/api/dashboards/db", {"dashboard": board, "folderUid": folder})


def test_life(run: Run, grafana: Grafana, name: str) -> None:
    predicted = run(check=True, title=name)
    made = run(name=name)
    assert (predicted["uid"], predicted["changes"]) == (made["uid"], ["created"])
    assert made["folder"]["title"] == name
    assert (run(title=name)["changed"], run(title=name)["uid"]) == (False, made["uid"])
    renamed = run(uid=made["uid"], title=f"{name} new")
    assert (renamed["changes"], renamed["folder"]["version"]) == (
        [f"title: {name} -> {name} new"],
        2,
    )
    gone = run(state="absent", title=f"{name} new")
    assert (gone["changed"], gone["uid"], gone["folder"]) == (True, made["uid"], None)
    assert grafana.get(f"/api/folders/{made['uid']}") is None
    again = run(state="absent", uid=made["uid"])
    assert (again["changed"], again["msg"]) == (False, f"Folder {made['uid']} is not there.")


def test_what_is_inside_is_not_lost(run: Run, grafana: Grafana, name: str) -> None:
    uid = run(title=name)["uid"]
    put_board(grafana, uid, name)
    for check in (True, False):
        failed = run(check, state="absent", uid=uid)
        assert f"is not empty (board Board of {name})" in failed["msg"]
    assert run(check=True, state="absent", uid=uid, delete_contents=True)["folder"]["uid"] == uid
    assert run(state="absent", uid=uid, delete_contents=True)["changed"]
    assert grafana.get(f"/api/dashboards/uid/in-{uid}"[:60]) is None


@pytest.mark.parametrize("grafana", NESTED, indirect=True)
def test_nested(run: Run, grafana: Grafana, name: str) -> None:
    top = run(title=name)["uid"]
    inner = run(title="Inner", parent_uid=top)
    assert inner["folder"]["parentUid"] == top
    assert not run(title="Inner", parent=name)["changed"]
    assert not run(uid=inner["uid"], title="Inner")["changed"]  # stays where it is
    assert "is not empty (folder Inner)" in run(state="absent", uid=top)["msg"]
    moved = run(uid=inner["uid"], title=f"{name} inner", parent_uid="")
    assert moved["changes"] == [f"title: Inner -> {name} inner", f"parent: {top} -> general"]
    assert "parentUid" not in moved["folder"]
    circular = run(uid=top, title=name, parent_uid=top)
    assert "Circular reference" in circular["msg"]
    for check in (True, False):
        missing = run(check, title="X", parent_uid="nowhere")
        assert "There is no folder with the uid nowhere" in missing["msg"]


@pytest.mark.parametrize("grafana", NESTED, indirect=True)
def test_depth(run: Run, name: str) -> None:
    uid = ""
    for _level in range(4):
        uid = run(title=name, parent_uid=uid)["uid"]
    assert "Maximum nested folder depth reached" in run(title=name, parent_uid=uid)["msg"]


@pytest.mark.parametrize("grafana", ["10.1"], indirect=True)
def test_without_nested_folders(run: Run, grafana: Grafana, name: str) -> None:
    top, other = run(title=name)["uid"], run(title=f"{name} 2")["uid"]
    failed = run(title=f"{name} inner", parent_uid=top)
    assert "into the root instead of" in failed["msg"]
    assert "has no nested folders" in run(uid=other, title=f"{name} 2", parent_uid=top)["msg"]


def test_permissions(run: Run, grafana: Grafana, name: str) -> None:
    wanted = [{"role": "Viewer", "permission": "Edit"}]
    predicted = run(check=True, title=name, permissions=wanted)
    assert predicted["changes"] == ["created", "permission of role Viewer: Edit: added"]
    made = run(title=name, permissions=wanted)
    assert "permission of role Editor: Edit: removed" in made["changes"]
    assert not run(title=name, permissions=wanted)["changed"]
    items = grafana.get(f"/api/folders/{made['uid']}/permissions")
    assert [(item["role"], item["permission"]) for item in items] == [("Viewer", 2)]


def test_everybody_makes_the_same_folder(run: Run, grafana: Grafana, name: str) -> None:
    """Two tasks that saw no folder: the second finds the first one's."""
    predicted = run(check=True, title=name)["uid"]
    grafana.post("/api/folders", {"uid": predicted, "title": name})
    grafana.asked.clear()
    original = grafana_folder.find
    found: list[t.Any] = []

    def blind(*args: t.Any) -> t.Any:
        found.append(original(*args))

    grafana_folder.find = blind
    try:
        made = run(title=name)
    finally:
        grafana_folder.find = original
    assert found[0]["uid"] == predicted
    assert (made["uid"], made["changed"]) == (predicted, True)
    assert ("POST", "/api/folders") in grafana.asked


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "one of the following is required: title, uid"),
        ({"uid": "x"}, "set one that is not empty"),
        ({"title": " general "}, "which is the root"),
        ({"uid": "a b", "title": "T"}, "1 to 40 characters"),
        ({"title": "T", "parent": "No/Such"}, "There is no folder No"),
        ({"title": "T", "parent": "A//B/"}, "has an empty part"),
    ],
)
def test_refused(
    grafanas: t.Callable[[str], Grafana],
    capfd: pytest.CaptureFixture[str],
    params: Result,
    words: str,
) -> None:
    run = Run(grafana_folder, grafanas("11.6").url, capfd)
    assert words in run(**params)["msg"]


def found(version: int, **more: t.Any) -> tuple[int, Result]:
    who = {"updatedBy": "eve", "updated": "2026-11-23T02:09:25Z"}
    return 200, {"uid": "f", "title": "F", "version": version, **who, **more}


def test_a_change_in_between_is_told(script: t.Any, capfd: pytest.CaptureFixture[str]) -> None:
    conflict = (412, {"message": "changed", "status": "version-mismatch"})
    server = script(
        found(1),
        conflict,
        found(2, title="Eve's"),
        found(1),
        conflict,
        found(2, title="G"),
        found(2, title="G"),
    )
    run = Run(grafana_folder, server.url, capfd)
    assert "version 2, by eve at 2026-11-23" in run(uid="f", title="G")["msg"]
    assert server.asked[1][2] == {"title": "G", "version": 1}
    assert run(uid="f", title="G")["changed"]
