# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards of the newer model, which only /apis takes."""

from __future__ import annotations

import copy
import json
import pathlib
import typing as t
import uuid

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana import resource
from ansible_collections.mlops.infra.plugins.modules import grafana_dashboard, grafana_dashboards

from .grafana_in_process import Grafana, Result, Run

NEWER = ("12.4", "13.0", "13.x-409")
every_newer = pytest.mark.parametrize("grafana", NEWER, indirect=True)


@pytest.fixture
def run(grafana: Grafana, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(grafana_dashboard, grafana.url, capfd)


@pytest.fixture
def board() -> Result:
    name = f"v{uuid.uuid4().hex[:10]}"
    panel = {"kind": "Panel", "spec": {"id": 1, "title": "Up"}}
    return {
        "apiVersion": "dashboard.grafana.app/v2beta1",
        "kind": "Dashboard",
        "metadata": {"name": name},
        "spec": {"title": f"Board {name}", "tags": [], "elements": {"panel-1": panel}},
    }


def uid_of(board: Result) -> str:
    return str(board["metadata"]["name"])


@every_newer
def test_life(run: Run, grafana: Grafana, board: Result, tmp_path: pathlib.Path) -> None:
    predicted = run(check=True, dashboard=board)
    made = run(dashboard=board, folder_uid="team", extra_tags=["x"])
    assert (predicted["changes"], made["version"]) == (["created"], 1)
    assert not run(dashboard=board, extra_tags=["x"])["changed"]
    edited = copy.deepcopy(board)
    edited["spec"]["elements"]["panel-1"]["spec"]["title"] = "New"
    line = 'elements.panel-1.spec.title: "Up" -> "New"'
    assert run(check=True, dashboard=edited, extra_tags=["x"])["changes"] == [line]
    assert run(dashboard=edited, extra_tags=["x"])["changes"] == [line]
    path = f"/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/{uid_of(board)}"
    stored = grafana.get(path)
    assert stored["metadata"]["annotations"]["grafana.app/folder"] == "team"
    assert stored["metadata"]["annotations"]["grafana.app/message"] == "Managed by Ansible"
    dest = tmp_path / "b.json"
    run(state="exported", uid=uid_of(board), dest=str(dest))
    exported = json.loads(dest.read_text())
    assert exported["spec"] == {**edited["spec"], "tags": ["x"]}
    assert exported["kind"] == "Dashboard"
    # It was read as the newest version that the server has.
    assert not run(src=str(dest))["changed"]
    assert run(state="absent", uid=uid_of(board))["changed"]
    assert grafana.get(path) is None


@every_newer
def test_the_classic_model_does_not_replace_it(run: Run, board: Result) -> None:
    run(dashboard=board)
    failed = run(dashboard={"title": "Classic", "uid": uid_of(board)})
    assert "is stored as dashboard.grafana.app/v2" in failed["msg"]


@every_newer
def test_in_a_directory(
    grafana: Grafana, board: Result, tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.json").write_text(json.dumps(board))
    run = Run(grafana_dashboards, grafana.url, capfd)
    assert run(path=str(tmp_path))["msg"].startswith("1 created")
    assert not run(path=str(tmp_path))["changed"]


@pytest.mark.parametrize("grafana", ["11.6"], indirect=True)
def test_an_older_server(run: Run, board: Result) -> None:
    failed = run(dashboard=board)["msg"]
    assert "boards of the v2 model need Grafana 12" in failed


def resource_of(board: Result, version: str, title: str, **notes: str) -> tuple[int, Result]:
    who = {"grafana.app/updatedBy": "eve", "grafana.app/updatedTimestamp": "2026-11-23T02:09:25Z"}
    metadata = {"name": uid_of(board), "resourceVersion": version, "generation": int(version)}
    metadata["annotations"] = {**who, **notes}
    return 200, {**board, "metadata": metadata, "spec": {**board["spec"], "title": title}}


def test_a_change_in_between_is_told(
    script: t.Any, board: Result, capfd: pytest.CaptureFixture[str]
) -> None:
    org = (200, {"id": 3, "name": "Three"})
    conflict = (409, {"kind": "Status", "reason": "Conflict", "message": "modified", "code": 409})
    before, eve = resource_of(board, "7", "Old"), resource_of(board, "8", "Eve's")
    server = script(org, before, conflict, eve)
    run = Run(grafana_dashboard, server.url, capfd)
    assert "version 8, saved by eve at 2026-11-23" in run(dashboard=board)["msg"]
    _method, path, body = server.asked[2]
    assert path.endswith(f"/namespaces/org-3/dashboards/{uid_of(board)}")
    assert body["metadata"]["resourceVersion"] == "7"


def test_what_another_tool_manages_is_left_alone(
    script: t.Any, board: Result, capfd: pytest.CaptureFixture[str]
) -> None:
    managed = {"grafana.app/managedBy": "terraform"}
    server = script((200, {"id": 1}), resource_of(board, "7", "Old", **managed))
    failed = Run(grafana_dashboard, server.url, capfd)(dashboard=board)
    assert "terraform manages it" in failed["msg"]


def test_newest_version() -> None:
    group = "dashboard.grafana.app"
    names = ("v2alpha1", "v2beta1", "v2", "v1", "v2beta2", "v3alpha1")
    versions = [f"{group}/{name}" for name in names]
    assert resource.newest(versions) == f"{group}/v3alpha1"
    assert resource.newest(versions[:-1]) == f"{group}/v2"
    assert resource.newest([f"{group}/v1", "other/v2"]) is None
