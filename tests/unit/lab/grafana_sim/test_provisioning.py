# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards and data sources from files, in all that happens to files."""

from __future__ import annotations

import json
import time
import typing as t

import pytest
from grafana_sim.provisioning_files import ProvisioningError
from starlette.testclient import TestClient

from .running import Lab

RELOAD = "/api/admin/provisioning/%s/reload"


def provide(lab: Lab, name: str = "p", **more: t.Any) -> None:
    options = {"path": str(lab.directory / "boards" / name)}
    provider = {"name": name, "type": "file", "options": options, **more}
    lab.write(f"provisioning/dashboards/{name}.yml", json.dumps({"providers": [provider]}))


def board(client: TestClient, uid: str) -> t.Any:
    answer = client.get(f"/api/dashboards/uid/{uid}")
    return answer.json() if answer.status_code == 200 else None


def reload(client: TestClient, kind: str = "dashboards") -> None:
    assert client.post(RELOAD % kind).status_code == 200


def test_the_life_of_a_file(lab: Lab) -> None:
    provide(lab, folder="MLOps", folderUid="mlops")
    path = lab.write("boards/p/sub/a.json", {"title": "A", "uid": "a", "id": 9, "version": 7})
    with lab.start() as client:
        made = board(client, "a")
        assert (made["dashboard"]["version"], made["meta"]["folderUid"]) == (1, "mlops")
        assert made["meta"]["provisioned"] is True
        assert made["meta"]["provisionedExternalId"] == "sub/a.json"
        reload(client)
        assert board(client, "a") == made

        lab.write("boards/p/sub/a.json", {"title": "A2", "uid": "a"})
        reload(client)
        assert board(client, "a")["dashboard"]["title"] == "A2"
        assert board(client, "a")["dashboard"]["version"] == 2

        path.unlink()
        reload(client)
        assert board(client, "a") is None


def test_nothing_changes_over_a_restart(lab: Lab) -> None:
    provide(lab)
    lab.write("boards/p/a.json", {"title": "A", "uid": "a"})
    with lab.start() as client:
        client.post("/api/dashboards/db", json={"dashboard": {"title": "B", "uid": "b"}})
        before = [board(client, uid) for uid in ("a", "b")]
    with lab.start() as client:
        assert [board(client, uid) for uid in ("a", "b")] == before


def test_a_new_uid_in_the_file_is_the_same_board(lab: Lab) -> None:
    provide(lab)
    lab.write("boards/p/a.json", {"title": "A", "uid": "a"})
    with lab.start() as client:
        number = board(client, "a")["dashboard"]["id"]
        lab.write("boards/p/a.json", {"title": "A", "uid": "a2"})
        reload(client)
        assert board(client, "a") is None
        assert board(client, "a2")["dashboard"]["id"] == number


def test_locked_or_open(lab: Lab) -> None:
    provide(lab, "locked", allowUiUpdates=False)
    provide(lab, "open", allowUiUpdates=True)
    for name in ("locked", "open"):
        lab.write(f"boards/{name}/{name}.json", {"title": name, "uid": name})
    with lab.start() as client:
        answers = {
            name: client.post(
                "/api/dashboards/db",
                json={"dashboard": {"title": "Mine", "uid": name}, "overwrite": True},
            )
            for name in ("locked", "open")
        }
        assert answers["locked"].json() == {"message": "Cannot save provisioned dashboard"}
        assert answers["open"].status_code == 200
        reload(client)
        assert board(client, "open")["dashboard"]["title"] == "Mine"
        assert board(client, "open")["meta"]["provisioned"] is False
        for name in answers:
            assert client.delete(f"/api/dashboards/uid/{name}").status_code == 400


def test_a_removed_file_can_leave_its_board(lab: Lab) -> None:
    provide(lab, disableDeletion=True)
    path = lab.write("boards/p/a.json", {"title": "A", "uid": "a"})
    with lab.start() as client:
        path.unlink()
        reload(client)
        assert board(client, "a")["meta"]["provisioned"] is False
        assert client.delete("/api/dashboards/uid/a").status_code == 200


def test_a_provider_that_is_gone_takes_its_boards_along(lab: Lab) -> None:
    provide(lab)
    lab.write("boards/p/a.json", {"title": "A", "uid": "a"})
    with lab.start() as client:
        (lab.directory / "provisioning/dashboards/p.yml").unlink()
        reload(client)
        assert board(client, "a") is None


def test_a_uid_used_twice_saves_nothing(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    provide(lab)
    for name in ("a", "b"):
        lab.write(f"boards/p/{name}.json", {"title": name, "uid": "same"})
    with lab.start() as client:
        assert board(client, "same") is None
    assert "uid same is used twice" in caplog.text


def test_a_broken_file_hurts_no_other(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    provide(lab)
    lab.write("boards/p/a.json", "{half")
    lab.write("boards/p/b.json", {"title": "B", "uid": "b"})
    lab.write("boards/p/c.json", {"uid": "c"})
    lab.write("boards/p/d.json", "[]")
    with lab.start() as client:
        assert board(client, "b") is not None
        assert board(client, "c") is None
    assert "a.json" in caplog.text
    assert "Dashboard title cannot be empty" in caplog.text


def test_the_poll_sees_a_new_file(lab: Lab) -> None:
    provide(lab, updateIntervalSeconds=0.001)
    (lab.directory / "boards/p").mkdir(parents=True)
    with lab.start() as client:
        lab.write("boards/p/a.json", {"title": "A", "uid": "a"})
        time.sleep(0.01)
        client.app.state.sim.provisioner.poll()  # type: ignore[attr-defined]
        assert board(client, "a") is not None


def test_the_poll_waits_for_its_interval(lab: Lab) -> None:
    provide(lab, updateIntervalSeconds=3600)
    (lab.directory / "boards/p").mkdir(parents=True)
    with lab.start() as client:
        lab.write("boards/p/a.json", {"title": "A", "uid": "a"})
        client.app.state.sim.provisioner.poll()  # type: ignore[attr-defined]
        assert board(client, "a") is None


def test_a_folder_that_has_the_title_is_used(lab: Lab) -> None:
    with lab.start() as client:
        client.post("/api/folders", json={"uid": "mine", "title": "MLOps"})
        provide(lab, folder="MLOps", folderUid="mlops")
        lab.write("boards/p/a.json", {"title": "A", "uid": "a"})
        reload(client)
        assert board(client, "a")["meta"]["folderUid"] == "mine"


SOURCE = {"name": "Prometheus", "uid": "prometheus", "type": "prometheus", "url": "http://p:9090"}


def sources(lab: Lab, *entries: dict[str, t.Any], **more: t.Any) -> None:
    lab.write("provisioning/datasources/s.yaml", {"apiVersion": 1, "datasources": entries, **more})


def test_the_life_of_a_data_source(lab: Lab) -> None:
    sources(lab, {**SOURCE, "secureJsonData": {"key": "s3cret"}})
    with lab.start() as client:
        made = client.get("/api/datasources/uid/prometheus").json()
        assert (made["readOnly"], made["version"], made["access"]) == (True, 1, "proxy")
        assert made["secureJsonFields"] == {"key": True}
        assert "s3cret" not in json.dumps(made)
        reload(client, "datasources")
        assert client.get("/api/datasources/uid/prometheus").json() == made

        sources(lab, {**SOURCE, "url": "http://q:9090", "editable": True})
        reload(client, "datasources")
        changed = client.get("/api/datasources/uid/prometheus").json()
        assert (changed["url"], changed["readOnly"], changed["version"]) == (
            "http://q:9090",
            False,
            2,
        )

        sources(lab, deleteDatasources=[{"name": "Prometheus", "orgId": 1}])
        reload(client, "datasources")
        assert client.get("/api/datasources/uid/prometheus").status_code == 404


def test_only_one_source_is_the_default(lab: Lab) -> None:
    sources(lab, {**SOURCE, "isDefault": True})
    with lab.start() as client:
        other = {"name": "B", "uid": "b", "type": "prometheus", "access": "proxy"}
        client.post("/api/datasources", json={**other, "isDefault": True})
        defaults = {s["uid"]: s["isDefault"] for s in client.get("/api/datasources").json()}
        assert defaults == {"b": True, "prometheus": False}


def test_variables(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_HOST", "h")
    path = lab.write("secret", "from-file\n")
    url = (
        f"http://$LAB_HOST/${{LAB_HOST}}/$__env{{LAB_HOST}}/$__file{{{path}}}/$$LAB_HOST/$LAB_NONE."
    )
    sources(lab, {**SOURCE, "url": url})
    with lab.start() as client:
        found = client.get("/api/datasources/uid/prometheus").json()["url"]
    assert found == "http://h/h/h/from-file/$LAB_HOST/."


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("dashboards/x.yml", "a: [", "x.yml"),
        ("dashboards/x.yml", "apiVersion: 2", "not simulated"),
        ("dashboards/x.yml", "providers: [{name: x}]", "needs a name and options.path"),
        (
            "dashboards/x.yml",
            "providers: [{name: x, options: {path: /x, foldersFromFilesStructure: true}}]",
            "not simulated",
        ),
        ("datasources/x.yml", "datasources: [{name: x}]", "datasource x: bad request data"),
    ],
)
def test_a_broken_configuration_stops_the_start(lab: Lab, name: str, text: str, words: str) -> None:
    lab.write(f"provisioning/{name}", text)
    with pytest.raises(ProvisioningError, match=words), lab.start():
        pass


def test_a_broken_configuration_fails_the_reload(lab: Lab) -> None:
    with lab.start() as client:
        lab.write("provisioning/dashboards/x.yml", "a: [")
        answer = client.post(RELOAD % "dashboards")
        assert answer.status_code == 500
        assert "x.yml" in answer.json()["message"]
