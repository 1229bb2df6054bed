# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading boards on the simulator in the profile of each version."""

from __future__ import annotations

import typing as t
import uuid

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana import client
from ansible_collections.mlops.infra.plugins.modules import grafana_dashboard_info

from .grafana_in_process import Grafana, Run


@pytest.fixture
def run(grafana: Grafana, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(grafana_dashboard_info, grafana.url, capfd)


@pytest.fixture
def name(grafana: Grafana) -> str:
    """Three boards with a tag that no other test has."""
    name = f"i{uuid.uuid4().hex[:10]}"
    for number, folder in enumerate(("", "team", "team")):
        tags = [name, "even"] if number % 2 == 0 else [name]
        board = {"uid": f"{name}-{number}", "title": f"{name} {number}", "tags": tags}
        grafana.post("/api/dashboards/db", {"dashboard": board, "folderUid": folder})
    return name


def uids(run: Run, **params: t.Any) -> list[str]:
    result = run(check=True, **params)
    assert not result["changed"]
    return [board["uid"].rpartition("-")[2] for board in result["dashboards"]]


def test_lists(run: Run, name: str) -> None:
    assert uids(run, tags=[name]) == ["0", "1", "2"]
    assert uids(run, tags=[name, "even"]) == ["0", "2"]
    assert uids(run, query=name.upper()) == ["0", "1", "2"]
    assert uids(run, tags=[name], folder_uid="team") == ["1", "2"]
    assert uids(run, tags=[name], folder="Team") == ["1", "2"]
    assert uids(run, tags=[name], folder_uid="general") == ["0"]
    assert uids(run, tags=["no such"]) == []
    first = run(tags=[name])["dashboards"][0]
    assert (first["title"], first["folder_uid"], first["tags"]) == (f"{name} 0", "", [name, "even"])
    assert "dashboard" not in first


def test_pages(run: Run, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = client.GrafanaClient._pages
    monkeypatch.setattr(
        client.GrafanaClient,
        "_pages",
        lambda self, path, filters, _limit: original(self, path, filters, 2),
    )
    assert uids(run, tags=[name]) == ["0", "1", "2"]


def test_one_with_everything(run: Run, grafana: Grafana, name: str) -> None:
    board = {"uid": f"{name}-1", "title": f"{name} 1", "version": 1, "tags": []}
    body = {"dashboard": board, "folderUid": "team", "message": "second"}
    grafana.post("/api/dashboards/db", body)
    wanted = [f"{name}-1", "nowhere", "team"]
    result = run(uid=wanted, content=True, versions=1, permissions=True)
    (found,) = result["dashboards"]
    assert (found["version"], found["updated_by"], found["provisioned"]) == (2, "admin", False)
    assert found["dashboard"] == {"uid": f"{name}-1", "title": f"{name} 1", "tags": []}
    assert [(v["version"], v["message"]) for v in found["versions"]] == [(2, "second")]
    assert {"subject": "role Viewer", "permission": "View", "inherited": True} in found[
        "permissions"
    ]
    assert run(uid=["locked"])["dashboards"][0]["provisioned"]


def test_refused(run: Run) -> None:
    assert "mutually exclusive" in run(uid=["x"], query="y")["msg"]
    assert "write 0 or more" in run(versions=-1)["msg"]
    assert "1 to 40 characters" in run(uid=["a b"])["msg"]
