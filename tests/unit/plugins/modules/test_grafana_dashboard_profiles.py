# SPDX-License-Identifier: GPL-3.0-or-later
"""The module on the simulator in the profile of each version: what differs must not show."""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import pathlib
import threading
import typing as t
import uuid

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana.client import GrafanaClient
from ansible_collections.mlops.infra.plugins.module_utils._grafana.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._grafana.plan import (
    Observed,
    Wanted,
    plan_present,
)
from ansible_collections.mlops.infra.plugins.module_utils._grafana.saving import save
from ansible_collections.mlops.infra.plugins.modules import grafana_dashboard

from .grafana_in_process import PASSWORD, Grafana, Result, Run

PANEL = {"id": 1, "type": "stat", "title": "Up", "targets": [{"refId": "A", "expr": "up"}]}
SHARED = {
    "__inputs": [
        {"name": "DS_PROM", "type": "datasource", "pluginId": "prometheus"},
        {"name": "VAR_ENV", "type": "constant", "value": "prod"},
    ],
    "title": "Shared ${VAR_ENV}",
    "uid": "shared",
    "panels": [
        {"id": 1, "type": "stat", "datasource": "${DS_PROM}"},
        {"id": 2, "type": "stat", "datasource": {"type": "prometheus", "uid": "${DS_PROM}"}},
    ],
}


@pytest.fixture
def run(grafana: Grafana, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(grafana_dashboard, grafana.url, capfd)


@pytest.fixture
def board() -> Result:
    """One that no other test has, since the servers live on."""
    name = uuid.uuid4().hex[:10]
    return {"title": f"B {name}", "uid": f"b-{name}", "panels": [PANEL]}


def stored(grafana: Grafana, uid: str) -> Result:
    answer: Result = grafana.get(f"/api/dashboards/uid/{uid}")
    return answer


def test_life(run: Run, grafana: Grafana, board: Result) -> None:
    assert run(check=True, dashboard=board)["changed"]
    assert stored(grafana, board["uid"]) is None
    assert run(dashboard=board, folder_uid="team")["version"] == 1
    assert not run(dashboard=board)["changed"]
    changed = {**board, "panels": [{**PANEL, "title": "New"}]}
    predicted = run(check=True, dashboard=changed)
    made = run(dashboard=changed)
    assert predicted["changes"] == made["changes"] == ['panel 1 "New".title: "Up" -> "New"']
    assert stored(grafana, board["uid"])["meta"]["folderUid"] == "team"
    assert run(check=True, state="absent", uid=board["uid"])["changed"]
    assert run(state="absent", uid=board["uid"])["changed"]
    assert not run(state="absent", uid=board["uid"])["changed"]


def test_of_eight_writers_one_wins_and_the_others_are_told(grafana: Grafana, board: Result) -> None:
    connection = Connection(grafana.url, "admin", PASSWORD)
    first = GrafanaClient(connection)
    save(Wanted(board), plan_present(Wanted(board), None), first, None)
    observed = Observed.from_answer(first.find_dashboard(board["uid"]))
    assert observed is not None
    together = threading.Barrier(8)

    def write(number: int) -> str:
        wanted = Wanted({**board, "description": f"of writer {number}"})
        client = GrafanaClient(connection)
        together.wait(10)
        try:
            _after, warnings = save(wanted, plan_present(wanted, observed), client, observed)
        except grafana_dashboard.UserError as error:
            return str(error)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return f"saved {number} {warnings}"

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        told = list(pool.map(write, range(8)))
    winners = [line for line in told if line.startswith("saved")]
    assert len(winners) == 1
    assert winners[0].endswith("[]")
    assert all("was changed while this task ran" in line for line in set(told) - set(winners))
    last = stored(grafana, board["uid"])["dashboard"]
    assert last["description"] == f"of writer {winners[0].split()[1]}"
    assert last["version"] == 2


def test_versions_are_restored(run: Run, grafana: Grafana, board: Result) -> None:
    run(dashboard=board)
    run(dashboard={**board, "description": "second"})
    assert run(check=True, state="restored", uid=board["uid"], version=1)["changed"]
    back = run(state="restored", uid=board["uid"], version=1)
    assert (back["changed"], back["version"], back["restored_version"]) == (True, 3, 1)
    assert "description" not in stored(grafana, board["uid"])["dashboard"]
    assert not run(state="restored", uid=board["uid"], version=1)["changed"]
    before = run(state="restored", uid=board["uid"], version=-1)
    assert (before["restored_version"], before["version"]) == (2, 4)
    assert stored(grafana, board["uid"])["dashboard"]["description"] == "second"
    failed = run(state="restored", uid=board["uid"], version=77)
    assert "has no version 77: its present one is 4" in failed["msg"]
    assert "correct uid" in run(state="restored", uid="nowhere", version=1)["msg"]


def test_export(run: Run, board: Result, tmp_path: pathlib.Path) -> None:
    run(dashboard=board)
    dest = tmp_path / "boards" / "b.json"
    assert run(check=True, state="exported", uid=board["uid"], dest=str(dest))["changed"]
    assert not dest.exists()
    first = run(state="exported", uid=board["uid"], dest=str(dest))
    assert (first["changed"], first["diff"]["before"]) == (True, "")
    assert json.loads(dest.read_text()) == board
    assert dest.stat().st_mode & 0o777 == 0o644
    again = run(state="export", uid=board["uid"], path=str(dest))
    assert (again["changed"], again["msg"]) == (
        False,
        f"Dashboard {board['uid']} is in {dest} already.",
    )
    assert not run(src=str(dest))["changed"]
    read = run(state="exported", uid=board["uid"])
    assert (read["changed"], read["dashboard"]) == (False, board)
    assert "There is no dashboard" in run(state="exported", uid="nowhere")["msg"]


def test_export_for_sharing_comes_back_the_same(run: Run, board: Result) -> None:
    source = {"type": "prometheus", "uid": "prometheus"}
    mine = {**board, "panels": [{**PANEL, "datasource": source}]}
    run(dashboard=mine)
    shared = run(state="exported", uid=board["uid"], for_sharing=True)["dashboard"]
    assert shared["panels"][0]["datasource"]["uid"] == "${DS_PROMETHEUS}"
    assert "DS_PROMETHEUS" in run(dashboard=shared)["msg"]
    assert not run(dashboard=shared, inputs={"DS_PROMETHEUS": "prometheus"})["changed"]


def test_inputs(run: Run, grafana: Grafana) -> None:
    run(dashboard=SHARED, inputs={"DS_PROM": "prom-1"})
    now = stored(grafana, "shared")["dashboard"]
    source = {"type": "prometheus", "uid": "prom-1"}
    assert [panel["datasource"] for panel in now["panels"]] == [source, source]
    assert now["title"] == "Shared prod"
    assert "__inputs" not in now
    assert not run(dashboard=SHARED, inputs={"DS_PROM": "prom-1"})["changed"]
    wrong = run(dashboard=SHARED, inputs={"DS_PROM": "p", "DS_X": "y"})
    assert "does not ask for DS_X, but for DS_PROM, VAR_ENV" in wrong["msg"]


def test_subset_leaves_alone_what_the_file_does_not_name(
    run: Run, grafana: Grafana, board: Result
) -> None:
    run(dashboard=board)
    edited = stored(grafana, board["uid"])["dashboard"]
    edited["panels"][0]["pluginVersion"] = "10.1.0"
    edited["schemaVersion"] = 39
    grafana.post("/api/dashboards/db", {"dashboard": edited, "folderUid": ""})
    assert run(check=True, dashboard=board)["changed"]
    assert not run(dashboard=board, compare="subset")["changed"]
    new = {**board, "panels": [{**PANEL, "title": "Other"}]}
    assert run(dashboard=new, compare="subset")["changes"] == [
        'panel 1 "Other".title: "Up" -> "Other"'
    ]
    now = stored(grafana, board["uid"])["dashboard"]
    assert (now["panels"][0]["pluginVersion"], now["schemaVersion"]) == ("10.1.0", 39)
    assert not run(dashboard=new, compare="subset")["changed"]


def test_tags_and_uid_of_the_file(run: Run, grafana: Grafana, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "from-file.yml"
    path.write_text("title: From a file\nuid: ignored\ntags: [a]\n")
    made = run(src=str(path), uid_from="file_name", extra_tags=["a", "managed"])
    assert made["uid"] == "from-file"
    assert stored(grafana, "from-file")["dashboard"]["tags"] == ["a", "managed"]
    assert not run(src=str(path), uid_from="file_name", extra_tags=["managed"])["changed"]
    assert "needs 'src'" in run(dashboard={"title": "X"}, uid_from="file_name")["msg"]


def test_adopting_by_title(run: Run, grafana: Grafana, board: Result) -> None:
    run(dashboard=board, folder_uid="team")
    wanted = {"title": board["title"], "panels": []}
    assert "the option 'uid'" in run(dashboard=wanted)["msg"]
    adopted = run(dashboard=wanted, adopt_by_title=True)
    assert (adopted["uid"], adopted["version"]) == (board["uid"], 2)
    other = {**wanted, "uid": f"{board['uid']}-2"}
    assert run(dashboard=other, folder_uid="")["uid"] == other["uid"]
    assert run(dashboard=wanted, adopt_by_title=True, folder_uid="team")["uid"] == board["uid"]
    failed = run(dashboard=wanted, adopt_by_title=True)
    assert f"2 dashboards have the title '{board['title']}'" in failed["msg"]
    gone = run(state="absent", dashboard=wanted, adopt_by_title=True, folder_uid="team")
    assert (gone["changed"], gone["uid"]) == (True, board["uid"])


def test_folders_by_path(run: Run, grafana: Grafana, board: Result) -> None:
    top = f"Top {board['uid']}"
    path = f"{top}/Web"
    assert f"There is no folder {top}: create it" in run(dashboard=board, folder=path)["msg"]
    predicted = run(check=True, dashboard=board, folder=path, create_folders=True)
    assert predicted["folders_created"] == [top, path]
    if grafana.profile == "10.1":
        failed = run(dashboard=board, folder=path, create_folders=True)
        assert "into the root instead of" in failed["msg"]
        assert "nestedFolders" in failed["msg"]
        grafana.delete(f"/api/folders/{predicted['folder_uid']}")
        return
    made = run(dashboard=board, folder=path, create_folders=True)
    assert made["folder_uid"] == predicted["folder_uid"]
    assert made["diff"]["after"] == predicted["diff"]["after"]
    folder = grafana.get(f"/api/folders/{made['folder_uid']}")
    assert (folder["title"], folder["parents"][0]["title"]) == ("Web", top)
    again = run(dashboard=board, folder=path, create_folders=True)
    assert (again["changed"], again["folders_created"]) == (False, [])
    assert not run(dashboard=board, folder="Web", parent_folder=folder["parentUid"])["changed"]
    root = run(dashboard=board, folder="General")
    assert root["changes"] == [f'folderUid: "{made["folder_uid"]}" -> ""']


def test_a_folder_of_one_level(run: Run, board: Result) -> None:
    assert run(dashboard=board, folder="Team")["folder_uid"] == "team"
    assert not run(dashboard=board, folder="team")["changed"]  # by its uid, too


def test_permissions(run: Run, grafana: Grafana, board: Result) -> None:
    if not grafana.get("/api/teams/search?name=ML")["teams"]:
        grafana.post("/api/teams", {"name": "ML"})
    wanted = [
        {"role": "Viewer", "permission": "View"},
        {"team": "ML", "permission": "Edit"},
        {"user": "admin", "permission": "Admin"},
    ]
    predicted = run(check=True, dashboard=board, permissions=wanted)
    assert "permission of team ML: Edit: added" in predicted["changes"]
    made = run(dashboard=board, permissions=wanted)
    assert "permission of role Editor: Edit: removed" in made["changes"]
    items = grafana.get(f"/api/dashboards/uid/{board['uid']}/permissions")
    assert {(item.get("role") or item["team"] or item["userLogin"]) for item in items} == {
        "Viewer",
        "ML",
        "admin",
    }
    assert not run(dashboard=board, permissions=wanted)["changed"]
    fewer = run(dashboard=board, permissions=[{"role": "Viewer", "permission": "Edit"}])
    assert fewer["changes"] == [
        "permission of team ML: Edit: removed",
        "permission of user admin: Admin: removed",
        "permission of role Viewer: Edit: was View",
    ]
    assert fewer["msg"] == f"Permissions of dashboard {board['uid']} changed."
    nobody = [{"team": "No such", "permission": "View"}]
    for check in (True, False):
        assert "there is no team No such" in run(check, dashboard=board, permissions=nobody)["msg"]
    twice = [{"role": "Viewer", "permission": "View"}, {"role": "Viewer", "permission": "Edit"}]
    assert "names the role Viewer with two levels" in run(dashboard=board, permissions=twice)["msg"]


def test_library_panels_have_to_be_there(run: Run, grafana: Grafana, board: Result) -> None:
    uid = f"lib-{board['uid']}"
    row = {
        "id": 9,
        "type": "row",
        "panels": [{"id": 10, "libraryPanel": {"uid": uid, "name": "L"}}],
    }
    mine = {**board, "panels": [row]}
    for check in (True, False):
        assert (
            f"uses the library panel {uid}, which is not there" in run(check, dashboard=mine)["msg"]
        )
    grafana.post("/api/library-elements", {"uid": uid, "name": "L", "kind": 1, "model": {}})
    assert run(dashboard=mine)["changed"]
    assert not run(dashboard=mine)["changed"]


def test_two_panels_with_one_id_are_warned_of(run: Run, board: Result) -> None:
    result = run(dashboard={**board, "panels": [PANEL, PANEL]})
    assert "several panels with the id 1" in json.dumps(result["warnings"])


@pytest.mark.parametrize("version", ["v0alpha1", "v1beta1", "v1"])
def test_resources_of_the_classic_model(run: Run, board: Result, version: str) -> None:
    spec = {key: value for key, value in board.items() if key != "uid"}
    resource = {
        "apiVersion": f"dashboard.grafana.app/{version}",
        "kind": "Dashboard",
        "metadata": {"name": board["uid"], "annotations": {"grafana.app/folder": "elsewhere"}},
        "spec": spec,
    }
    assert run(dashboard=resource)["uid"] == board["uid"]
    assert not run(dashboard=board)["changed"]


def test_organisation_by_name(run: Run, board: Result) -> None:
    assert run(dashboard=board, org_name="Main Org.")["changed"]
    assert (
        "Organisation Nobody's cannot be used" in run(dashboard=board, org_name="Nobody's")["msg"]
    )
    assert "mutually exclusive" in run(dashboard=board, org_name="X", org_id=1)["msg"]


def test_long_message(run: Run, board: Result) -> None:
    assert "501 characters" in run(dashboard=board, commit_message="x" * 501)["msg"]


# Content from other servers


def test_from_an_address(
    grafanas: t.Any, script: t.Any, capfd: pytest.CaptureFixture[str], board: Result
) -> None:
    run = Run(grafana_dashboard, grafanas("10.1").url, capfd)
    raw = json.dumps(board).encode()
    right = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    other = script((200, raw), (200, raw), (401, b"who"), (200, raw), (200, b"\xff"))
    assert run(path=f"{other.url}/b.json", checksum=right)["changed"]
    failed = run(dashboard_url=f"{other.url}/b.json", checksum=f"sha256:{'0' * 64}")
    assert f"has the checksum {right}" in failed["msg"]
    refused = run(src=f"{other.url}/b.json")
    assert "answered 401: set src_username and src_password" in refused["msg"]
    assert other.credentials == ["none"] * 3
    own = run(src=f"{other.url}/b.json", src_username="me", src_password="canary-2")
    assert not own["changed"]
    assert "canary-2" not in json.dumps(own)
    assert "is not UTF-8" in run(src=f"{other.url}/b.json")["msg"]
    assert "checksum is for what is fetched" in run(src="/none", checksum=right)["msg"]
    assert "cannot be read" in run(src="http://127.0.0.1:1/b.json")["msg"]


def test_from_grafana_com(
    grafanas: t.Any, script: t.Any, capfd: pytest.CaptureFixture[str], board: Result
) -> None:
    run = Run(grafana_dashboard, grafanas("10.1").url, capfd)
    raw = (200, json.dumps(board).encode())
    mirror = script((200, {"id": 1860, "revision": 37}), raw, raw, raw, (200, {"id": 1860}))
    latest = run(dashboard_id=1860, dashboard_revision="latest", dashboard_base_url=mirror.url)
    assert (latest["changed"], latest["revision"]) == (True, 37)
    assert [path for _method, path, _body in mirror.asked] == [
        "/api/dashboards/1860",
        "/api/dashboards/1860/revisions/37/download",
    ]
    pinned = run(dashboard_id=1860, dashboard_revision=5, dashboard_base_url=f"{mirror.url}/")
    assert (pinned["changed"], pinned["revision"]) == (False, 5)
    assert run(dashboard_id="1860", dashboard_base_url=mirror.url)["revision"] == 1
    lost = run(dashboard_id=1860, dashboard_revision="latest", dashboard_base_url=mirror.url)
    assert "does not say which revision is the latest" in lost["msg"]
    wrong = run(dashboard_id=1860, dashboard_revision="new", dashboard_base_url=mirror.url)
    assert "write a number, or latest" in wrong["msg"]
