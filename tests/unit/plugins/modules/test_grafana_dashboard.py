# SPDX-License-Identifier: GPL-3.0-or-later
"""The module against the simulator over real HTTP, and against a scripted server for what the
simulator's version does not do."""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t

import pytest
import requests
from ansible_collections.mlops.infra.plugins.modules import grafana_dashboard

from .grafana_in_process import AUTH, PASSWORD, Grafana, Result, Run, Script

BOARD = {"title": "Queue", "uid": "queue", "panels": [{"id": 1, "type": "text", "title": "P"}]}


@pytest.fixture
def server(grafanas: t.Callable[[str], Grafana]) -> str:
    return grafanas("10.1").url


@pytest.fixture
def run(server: str, capfd: pytest.CaptureFixture[str]) -> Run:
    for uid in ("queue", "other"):
        requests.delete(f"{server}/api/dashboards/uid/{uid}", auth=AUTH)
    return Run(grafana_dashboard, server, capfd)


def stored(server: str, uid: str = "queue") -> Result | None:
    answer = requests.get(f"{server}/api/dashboards/uid/{uid}", auth=AUTH)
    return None if answer.status_code == 404 else answer.json()


def save_as_somebody_else(server: str, **changes: t.Any) -> None:
    body = {"dashboard": {**BOARD, **changes}, "overwrite": True, "folderUid": ""}
    requests.post(f"{server}/api/dashboards/db", json=body, auth=AUTH).raise_for_status()


def test_create_again_update_remove(run: Run, server: str) -> None:
    created = run(dashboard=BOARD, commit_message="First")
    assert (created["changed"], created["changes"], created["version"]) == (True, ["created"], 1)
    assert created["url"] == "/d/queue/queue"
    again = run(dashboard=BOARD)
    assert (again["changed"], again["version"], again["changes"]) == (False, 1, [])

    updated = run(dashboard={**BOARD, "title": "Queues"})
    assert (updated["changed"], updated["version_before"], updated["version"]) == (True, 1, 2)
    assert updated["changes"] == ['title: "Queue" -> "Queues"']
    now = stored(server)
    assert now is not None
    assert now["dashboard"]["title"] == "Queues"

    removed = run(state="absent", uid="queue")
    assert (removed["changed"], removed["msg"]) == (True, "Dashboard queue deleted.")
    assert stored(server) is None
    gone = run(state="absent", dashboard=BOARD)
    assert (gone["changed"], gone["msg"]) == (False, "Dashboard queue is not there.")


def test_check_mode_predicts_and_changes_nothing(run: Run, server: str) -> None:
    predicted = run(check=True, dashboard=BOARD)
    assert (predicted["changed"], stored(server)) == (True, None)
    made = run(dashboard=BOARD)
    assert made["diff"] == predicted["diff"]

    before = stored(server)
    assert run(check=True, dashboard={**BOARD, "title": "X"})["changed"]
    assert run(check=True, state="absent", uid="queue")["changed"]
    assert stored(server) == before


def test_diff_is_readable(run: Run) -> None:
    run(dashboard=BOARD)
    panels = [{"id": 1, "type": "text", "title": "P", "gridPos": {"h": 4}}]
    diff = run(dashboard={**BOARD, "panels": panels})["diff"]
    assert diff["prepared"] == 'panel 1 "P".gridPos: added {"h": 4}\n'
    assert '"gridPos"' in diff["after"]
    assert '"gridPos"' not in diff["before"]
    assert diff["before_header"] == "dashboard queue"


def test_folders(run: Run) -> None:
    assert run(dashboard=BOARD, folder_uid="team")["folder_uid"] == "team"
    kept = run(dashboard={**BOARD, "title": "Q2"})
    assert (kept["changed"], kept["folder_uid"]) == (True, "team")
    moved = run(dashboard={**BOARD, "title": "Q2"}, folder_uid="general")
    assert (moved["changes"], moved["folder_uid"]) == (['folderUid: "team" -> ""'], "")
    assert not run(dashboard={**BOARD, "title": "Q2"}, folder_uid="")["changed"]


@pytest.mark.parametrize("check", [True, False])
def test_unknown_folder(run: Run, server: str, check: bool) -> None:
    failed = run(check=check, dashboard=BOARD, folder_uid="nowhere")
    assert failed["msg"].startswith("There is no folder with the uid nowhere")
    assert stored(server) is None


def test_src_and_text(run: Run, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "queue.yml"
    path.write_text("title: Queue\nuid: queue\n", encoding="utf-8")
    assert run(src=str(path))["changed"]
    assert not run(path=str(path))["changed"]
    assert not run(dashboard='{"title": "Queue", "uid": "queue"}')["changed"]
    assert not run(content="title: Queue", uid="queue", commit_message="m")["changed"]


def test_provisioned(run: Run, server: str) -> None:
    assert not run(dashboard={"title": "locked", "uid": "locked"})["changed"]
    for check in (True, False):
        failed = run(check=check, dashboard={"title": "Mine", "uid": "locked"})
        assert "provisions it from locked.json" in failed["msg"]
    assert "Cannot delete dashboard locked" in run(state="absent", uid="locked")["msg"]
    now = stored(server, "locked")
    assert now is not None
    assert now["dashboard"]["version"] == 1


def test_provisioned_with_updates_allowed_warns(run: Run) -> None:
    result = run(dashboard={"title": "open", "uid": "open", "tags": ["x"]}, overwrite=True)
    assert result["changed"]
    assert "also provisioned from open.json" in json.dumps(result["warnings"])


def test_same_title(run: Run, server: str) -> None:
    run(dashboard=BOARD)
    other = {"title": "Queue", "uid": "other"}
    assert "another dashboard in this folder has the same title" in run(dashboard=other)["msg"]
    taken = run(dashboard=other, overwrite=True)
    assert "saved into dashboard queue, which had the same title, instead of other" in taken["msg"]


def test_a_folder_is_not_deleted(run: Run, server: str) -> None:
    assert "that of a folder" in run(state="absent", uid="team")["msg"]
    assert requests.get(f"{server}/api/folders/team", auth=AUTH).status_code == 200


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"password": "wrong"}, "Invalid username or password; check the credentials"),
        ({"token": "wrong"}, "Invalid API key; check the credentials"),
        ({"password": None}, "No credentials for Grafana"),
        ({"url": "http://127.0.0.1:1"}, "http://127.0.0.1:1: [Errno 111] Connection refused"),
        ({"dashboard": None}, "set 'dashboard', 'src' or 'dashboard_id'"),
        ({"dashboard": {"title": "T"}}, "set the option 'uid'"),
        ({"src": "/no/such"}, "mutually exclusive"),
        ({"org_id": 7}, "organisation 7"),
    ],
)
def test_failures(
    run: Run, params: dict[str, t.Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAFANA_PASSWORD", raising=False)
    assert words in run(**{"dashboard": BOARD, **params})["msg"]


def test_environment(run: Run, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_URL", server)
    monkeypatch.setenv("GRAFANA_USER", "admin")
    monkeypatch.setenv("GRAFANA_PASSWORD", PASSWORD)
    assert run(url=None, username=None, password=None, dashboard=BOARD)["changed"]
    monkeypatch.setenv("GRAFANA_TOKEN", "wrong")
    assert "Invalid API key" in run(dashboard=BOARD)["msg"]


def test_organisation_is_checked(run: Run) -> None:
    assert run(dashboard=BOARD, org_id=1)["changed"]


@pytest.mark.parametrize("kind", ["drop", "delay"])
@pytest.mark.parametrize("path", ["uid/queue$", "dashboards/db$"])
def test_a_broken_or_slow_answer_is_survived(run: Run, server: str, kind: str, path: str) -> None:
    fault = {"kind": kind, "path": path, "times": 1, "seconds": 0.2}
    requests.post(f"{server}/_lab/fault", json=fault).raise_for_status()
    assert run(dashboard=BOARD, wait_timeout=10)["changed"]
    assert not run(dashboard=BOARD)["changed"]


def test_a_slow_server_is_not_asked_again(run: Run, server: str) -> None:
    fault = {"kind": "delay", "path": "uid/queue$", "times": 1, "seconds": 1}
    requests.post(f"{server}/_lab/fault", json=fault).raise_for_status()
    failed = run(dashboard=BOARD, timeout=0.2, wait_timeout=10)
    assert "cannot be reached" in failed["msg"]
    assert "timed out" in failed["msg"]


def test_a_500_fails_with_its_text(run: Run, server: str) -> None:
    fault = {"kind": "500", "path": "uid/queue$", "times": 1}
    requests.post(f"{server}/_lab/fault", json=fault).raise_for_status()
    assert "Internal server error; read its log" in run(dashboard=BOARD)["msg"]


@pytest.fixture
def scripted(
    script: t.Callable[..., Script], capfd: pytest.CaptureFixture[str]
) -> t.Callable[..., tuple[Script, Run]]:
    def start(*answers: tuple[int, t.Any]) -> tuple[Script, Run]:
        server = script(*answers)
        return server, Run(grafana_dashboard, server.url, capfd)

    return start


def found(version: int, **board: t.Any) -> tuple[int, Result]:
    meta = {"folderUid": "", "updatedBy": "eve", "updated": "2026-11-23T02:09:25Z"}
    return 200, {"dashboard": {**BOARD, "id": 3, "version": version, **board}, "meta": meta}


def saved(version: int, uid: str = "queue") -> tuple[int, Result]:
    return 200, {"uid": uid, "version": version, "status": "success"}


NEW = {**BOARD, "title": "New"}
MISMATCH = (412, {"message": "changed by someone else", "status": "version-mismatch"})
CONFLICTS = [
    MISMATCH,
    (409, {"message": "Dashboard already exists. Use overwrite flag to update."}),
]


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_conflict_names_who_and_when(scripted: t.Any, conflict: tuple[int, t.Any]) -> None:
    script, run = scripted(found(4), conflict, found(5, title="Eve's"))
    failed = run(dashboard=NEW)
    assert "version 5, saved by eve at 2026-11-23T02:09:25Z" in failed["msg"]
    assert script.asked[1][2]["dashboard"]["version"] == 4
    assert script.asked[1][2]["overwrite"] is False
    assert "id" not in script.asked[1][2]["dashboard"]


@pytest.mark.parametrize("conflict", [*CONFLICTS, (500, {"message": "Failed to save dashboard"})])
def test_conflict_is_none_when_the_goal_is_reached(
    scripted: t.Any, conflict: tuple[int, t.Any]
) -> None:
    _script, run = scripted(found(4), conflict, found(5, title="New"))
    result = run(dashboard=NEW)
    assert (result["changed"], result["version"]) == (True, 5)


def test_a_500_that_saved_nothing_fails(scripted: t.Any) -> None:
    _script, run = scripted(found(4), (500, {"message": "Failed to save dashboard"}), found(4))
    assert "Failed to save dashboard" in run(dashboard=NEW)["msg"]


def test_an_update_lost_at_the_same_moment_is_reported(scripted: t.Any) -> None:
    _script, run = scripted(found(4), saved(5), found(6, title="Eve's"))
    assert "somebody saved it at the same moment" in json.dumps(run(dashboard=NEW)["warnings"])


def test_a_skipped_version_is_reported(scripted: t.Any) -> None:
    _script, run = scripted(found(4), saved(6), found(6, title="New"))
    assert "from version 4 to 6 in one save" in json.dumps(run(dashboard=NEW)["warnings"])


def test_a_folder_that_is_ignored_fails(scripted: t.Any) -> None:
    _script, run = scripted((404, {}), (200, {"uid": "team"}), saved(1), found(1))
    failed = run(dashboard=BOARD, folder_uid="team")
    assert "saved into folder 'general' instead of 'team'" in failed["msg"]


@pytest.mark.parametrize("busy", [429, 502, 503, 504])
def test_busy_is_waited_for(scripted: t.Any, busy: int) -> None:
    script, run = scripted((busy, {}), (404, {}), (busy, {}), saved(1), found(1))
    assert run(dashboard=BOARD, wait_timeout=20)["changed"]
    assert script.answers == []


def test_busy_for_too_long(scripted: t.Any) -> None:
    _script, run = scripted((503, b"starting"))
    assert "503" in run(dashboard=BOARD)["msg"]


def test_a_redirect_is_not_followed(scripted: t.Any) -> None:
    script, run = scripted((302, b""))
    assert "redirects to https://elsewhere/login" in run(dashboard=BOARD)["msg"]
    assert len(script.asked) == 1


def test_what_is_not_grafana(scripted: t.Any) -> None:
    _script, run = scripted((200, b"<html>hello</html>"))
    assert "'url' is probably not Grafana's" in run(dashboard=BOARD)["msg"]


def test_an_ignored_organisation_is_seen(scripted: t.Any) -> None:
    script, run = scripted((200, {"id": 1}))
    assert "the server acts on 1" in run(dashboard=BOARD, org_id=7)["msg"]
    assert len(script.asked) == 1


@pytest.mark.parametrize("params", [{"dashboard": NEW}, {"state": "absent", "uid": "queue"}])
def test_check_mode_only_reads(scripted: t.Any, params: dict[str, t.Any]) -> None:
    script, run = scripted(found(4))
    assert run(check=True, **params)["changed"]
    assert [method for method, _path, _body in script.asked] == ["GET"]


@pytest.mark.parametrize("answer", [b"", b"<html>not found</html>"])
def test_another_server_is_not_taken_for_a_grafana_without_the_board(
    scripted: t.Any, answer: bytes
) -> None:
    _script, run = scripted((404, answer))
    failed = run(uid="queue", state="absent")
    assert "check that 'url' is the address of Grafana's API" in failed["msg"]


def test_a_password_may_have_any_letter(scripted: t.Any) -> None:
    script, run = scripted((404, {}))
    run(uid="queue", state="absent", username="ü", password="pä✓")
    assert base64.b64decode(script.credentials[0]).decode() == "ü:pä✓"


def test_ca_path_wins_over_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """What the file holds is what is complained about, since it is what is read."""
    own = tmp_path / "own.pem"
    own.write_text("no certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/none/bundle.pem")
    url = run._url.replace("http:", "https:")
    assert "no certificate" in run(dashboard=BOARD, url=url, ca_path=str(own))["msg"]
    insecure = run(dashboard=BOARD, url=url, validate_certs=False)
    assert "WRONG_VERSION_NUMBER" in insecure["msg"]


def test_a_host_that_is_none(run: Run) -> None:
    assert "check 'url'" in run(dashboard=BOARD, url="http://a..b")["msg"]


def test_a_password_in_the_url_is_not_shown(run: Run) -> None:
    failed = run(dashboard=BOARD, url="http://u:canary-5@grafana")
    assert "holds credentials" in failed["msg"]
    assert "canary-5" not in json.dumps(failed)
