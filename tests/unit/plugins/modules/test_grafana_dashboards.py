# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories of boards on the simulator in the profile of each version."""

from __future__ import annotations

import json
import pathlib
import typing as t
import uuid

import pytest
from ansible_collections.mlops.infra.plugins.modules import grafana_dashboards

from .grafana_in_process import Grafana, Result, Run

NESTED = ("11.2", "11.6", "12.4", "13.0", "13.x-409")


@pytest.fixture
def run(grafana: Grafana, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(grafana_dashboards, grafana.url, capfd)


@pytest.fixture
def name() -> str:
    return f"t{uuid.uuid4().hex[:10]}"


def write(directory: pathlib.Path, file: str, **board: t.Any) -> None:
    path = directory / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(board))


@pytest.fixture
def boards(tmp_path: pathlib.Path, name: str) -> pathlib.Path:
    for number in range(3):
        write(tmp_path, f"b{number}.json", uid=f"{name}-{number}", title=f"{name} {number}")
    (tmp_path / ".hidden.json").write_text("no board")
    (tmp_path / "README.md").write_text("no board")
    return tmp_path


def actions(result: Result) -> list[str]:
    return [found["action"] for found in result["dashboards"]]


def test_a_directory_becomes_boards(
    run: Run, grafana: Grafana, boards: pathlib.Path, name: str
) -> None:
    wanted = {"path": str(boards), "folder": f"Tree {name}", "managed_tag": name}
    predicted = run(check=True, **wanted)
    made = run(**wanted)
    assert predicted["dashboards"] == made["dashboards"]
    assert predicted["diff"] == made["diff"]
    assert made["folders_created"] == [f"Tree {name}"]
    assert made["msg"] == "3 created, 0 updated, 0 deleted, 0 unchanged."
    now = grafana.get(f"/api/dashboards/uid/{name}-0")
    assert now["meta"]["folderTitle"] == f"Tree {name}"
    assert now["dashboard"]["tags"] == [name]
    again = run(**wanted)
    assert (again["changed"], actions(again)) == (False, ["unchanged"] * 3)
    write(boards, "b1.json", uid=f"{name}-1", title=f"{name} one")
    assert actions(run(**wanted)) == ["unchanged", "updated", "unchanged"]


def test_purge_removes_what_it_has_made_and_nothing_else(
    run: Run, grafana: Grafana, boards: pathlib.Path, name: str
) -> None:
    wanted = {"path": str(boards), "folder": f"Tree {name}", "managed_tag": name, "purge": True}
    folder = run(**wanted)["dashboards"][0]["folder_uid"]
    mine = {"uid": f"{name}-mine", "title": f"{name} mine"}
    grafana.post("/api/dashboards/db", {"dashboard": mine, "folderUid": folder})
    elsewhere = {"uid": f"{name}-far", "title": f"{name} far", "tags": [name]}
    grafana.post("/api/dashboards/db", {"dashboard": elsewhere, "folderUid": "team"})
    (boards / "b2.json").unlink()
    predicted = run(check=True, **wanted)
    done = run(**wanted)
    assert predicted["dashboards"] == done["dashboards"]
    assert done["dashboards"][-1]["uid"] == f"{name}-2"
    assert actions(done) == ["unchanged", "unchanged", "deleted"]
    left = [
        grafana.get(f"/api/dashboards/uid/{name}-{x}") is not None for x in (0, 1, 2, "mine", "far")
    ]
    assert left == [True, True, False, True, True]
    assert not run(**wanted)["changed"]
    for file in ("b0.json", "b1.json"):
        (boards / file).unlink()
    assert "There is no dashboard in path" in run(**wanted)["msg"]
    assert grafana.get(f"/api/dashboards/uid/{name}-0") is not None


@pytest.mark.parametrize("grafana", NESTED, indirect=True)
def test_directories_become_folders(
    run: Run, grafana: Grafana, boards: pathlib.Path, name: str
) -> None:
    write(boards, "Web/Edge/e.json", uid=f"{name}-e", title="E")
    write(boards, "Web/w.json", uid=f"{name}-w", title="W")
    wanted = {"path": str(boards), "folder": f"Tree {name}", "managed_tag": name, "purge": True}
    predicted = run(check=True, **wanted)
    made = run(**wanted)
    assert predicted["dashboards"] == made["dashboards"]
    top = f"Tree {name}"
    assert made["folders_created"] == [top, f"{top}/Web", f"{top}/Web/Edge"]
    folder = grafana.get(f"/api/dashboards/uid/{name}-e")["meta"]["folderUid"]
    parents = grafana.get(f"/api/folders/{folder}")["parents"]
    assert [parent["title"] for parent in parents] == [top, "Web"]
    assert not run(**wanted)["changed"]
    (boards / "Web/Edge/e.json").unlink()
    assert actions(run(**wanted))[-1] == "deleted"
    base = parents[0]["uid"]
    assert not run(path=str(boards), folder_uid=base, managed_tag=name)["changed"]


def test_a_refused_board_does_not_keep_the_others(
    run: Run, grafana: Grafana, boards: pathlib.Path, name: str
) -> None:
    write(boards, "a.json", uid="locked", title="Mine now")
    for check in (True, False):
        failed = run(check, path=str(boards))
        assert failed["msg"].startswith("1 of 4 dashboards were refused. a.json: Cannot save")
        assert [failure["file"] for failure in failed["failures"]] == ["a.json"]
    assert grafana.get(f"/api/dashboards/uid/{name}-2") is not None


def test_no_server_is_said_once(run: Run, boards: pathlib.Path) -> None:
    failed = run(path=str(boards), url="http://127.0.0.1:1")
    assert "cannot be reached" in failed["msg"]
    assert "failures" not in failed
    assert "check the credentials" in run(path=str(boards), password="wrong")["msg"]


def test_inputs_go_to_the_boards_that_ask(
    run: Run, grafana: Grafana, boards: pathlib.Path, name: str
) -> None:
    shared = {"__inputs": [{"name": "DS", "type": "datasource", "pluginId": "prometheus"}]}
    panels = [{"id": 1, "datasource": {"uid": "${DS}"}}]
    write(boards, "s.json", uid=f"{name}-s", title=f"{name} s", panels=panels, **shared)
    assert "asks for DS" in run(path=str(boards))["msg"]
    assert run(path=str(boards), inputs={"DS": "prom"})["changed"]
    now = grafana.get(f"/api/dashboards/uid/{name}-s")["dashboard"]
    assert now["panels"][0]["datasource"] == {"uid": "prom"}
    failed = run(path=str(boards), inputs={"DS": "prom", "OTHER": "x"})
    assert "no dashboard asks for OTHER" in failed["msg"]


def test_nothing_is_saved_where_a_file_is_wrong(
    run: Run, grafana: Grafana, boards: pathlib.Path, name: str
) -> None:
    write(boards, "z/copy.json", uid=f"{name}-0", title="Copy")
    (boards / "z/bad.json").write_text("{")
    (boards / "z/none.yml").write_text("title: No uid")
    failed = run(path=str(boards))["msg"]
    assert failed.startswith("Nothing was saved. z/bad.json: ")
    assert f"b0.json and z/copy.json have the same uid {name}-0" in failed
    assert "z/none.yml: The dashboard has no uid" in failed
    assert grafana.get(f"/api/dashboards/uid/{name}-1") is None


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"path": "/no/such"}, "is no directory"),
        ({"purge": True}, "purge needs managed_tag"),
        ({"folder_uid": "nowhere"}, "There is no folder with the uid nowhere"),
        ({"commit_message": "x" * 501}, "more than 500 characters"),
        ({"folder": "A", "folder_uid": "b"}, "mutually exclusive"),
    ],
)
def test_refused(
    grafanas: t.Callable[[str], Grafana],
    capfd: pytest.CaptureFixture[str],
    boards: pathlib.Path,
    params: Result,
    words: str,
) -> None:
    run = Run(grafana_dashboards, grafanas("11.6").url, capfd)
    assert words in run(**{"path": str(boards), **params})["msg"]


def test_a_hundred_boards_take_a_hundred_requests(
    grafanas: t.Callable[[str], Grafana], capfd: pytest.CaptureFixture[str], tmp_path: pathlib.Path
) -> None:
    grafana = grafanas("11.6")
    for number in range(100):
        write(tmp_path, f"D{number % 4}/{number}.json", uid=f"h-{number}", title=f"H {number}")
    run = Run(grafana_dashboards, grafana.url, capfd)
    run(path=str(tmp_path))
    grafana.asked.clear()
    assert not run(path=str(tmp_path))["changed"]
    # One for each board, and one for the folders of the root.
    assert len(grafana.asked) == 101
