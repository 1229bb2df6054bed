# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault switch, and the health check that really asks."""

from __future__ import annotations

import base64
import json
import pathlib
import time
import typing as t

import pytest
from ansible_collections.mlops.infra.tests.listening import Handler, behind_tls, listening, local
from ansible_collections.mlops.infra.tests.secured.certificates import Authority
from starlette.testclient import TestClient

from .running import Lab


def fault(client: TestClient, **body: t.Any) -> t.Any:
    return client.post("/_lab/fault", json=body)


def test_no_switch_unless_asked_for(lab: Lab) -> None:
    with lab.start() as client:
        assert fault(client, kind="500").status_code == 501


def test_500_for_some_paths_and_times(client: TestClient) -> None:
    fault(client, kind="500", path="^/api/org$", times=2)
    codes = [client.get(path).status_code for path in ("/api/org", "/api/health", "/api/org")]
    assert codes == [500, 200, 500]
    assert client.get("/api/org").status_code == 200


def test_delay(client: TestClient) -> None:
    fault(client, kind="delay", path="health", seconds=0.3)
    began = time.monotonic()
    assert client.get("/api/health").status_code == 200
    assert time.monotonic() - began >= 0.3


def test_clear(client: TestClient) -> None:
    fault(client, kind="500", times=99)
    client.delete("/_lab/fault")
    assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize("body", [{"kind": "fire"}, {}, {"kind": "500", "path": "("}])
def test_a_fault_that_is_none(client: TestClient, body: dict[str, t.Any]) -> None:
    assert fault(client, **body).status_code == 400
    assert client.get("/api/health").status_code == 200


class Prometheus(Handler):
    asked: t.ClassVar[list[tuple[str, bytes]]] = []
    says: t.ClassVar[tuple[int, t.Any]] = (200, {"status": "success"})

    def serve(self) -> None:
        self.asked.append((self.path, self.content()))
        status, body = self.says
        self.answer(status, json.dumps(body).encode())


@pytest.fixture
def prometheus() -> t.Iterator[str]:
    Prometheus.asked.clear()
    with listening(local(Prometheus)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize(
    ("answer", "status", "word"),
    [
        ((200, {"status": "success"}), 200, "OK"),
        ((200, {"status": "error"}), 400, "ERROR"),
        ((503, {}), 400, "ERROR"),
        ((200, []), 400, "ERROR"),
    ],
)
def test_health_asks_the_prometheus(
    client: TestClient,
    prometheus: str,
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, t.Any],
    status: int,
    word: str,
) -> None:
    monkeypatch.setattr(Prometheus, "says", answer)
    source = {"name": "P", "uid": "p", "type": "prometheus", "access": "proxy"}
    client.post("/api/datasources", json={**source, "url": f"{prometheus}/sub/"})
    health = client.get("/api/datasources/uid/p/health")
    assert (health.status_code, health.json()["status"]) == (status, word)
    assert Prometheus.asked == [("/sub/api/v1/query", b"query=1%2B1")]


class Secured(Handler):
    """A Prometheus that lets in one user, and counts every sample as one."""

    login: t.ClassVar[str] = "Basic " + base64.b64encode(b"mlops:right").decode()

    def serve(self) -> None:
        self.content()
        let_in = self.headers["Authorization"] == self.login
        result = [{"metric": {}, "value": [0, "41.5"]}]
        body = json.dumps({"status": "success", "data": {"result": result}}).encode()
        self.answer(200 if let_in else 401, body)


@pytest.fixture
def secured(tmp_path: pathlib.Path) -> t.Iterator[dict[str, t.Any]]:
    """A Prometheus behind TLS and a password, as a data source with what it takes."""
    authority = Authority(tmp_path, "authority")
    pair = authority.signed("prometheus", "prometheus", addresses=("127.0.0.1",))
    with listening(behind_tls(local(Secured), pair.cert, pair.key)) as server:
        yield {
            **{"name": "P", "uid": "p", "type": "prometheus", "access": "proxy"},
            "url": f"https://127.0.0.1:{server.server_port}",
            "basicAuth": True,
            "basicAuthUser": "mlops",
            "jsonData": {"tlsAuthWithCACert": True},
            "secureJsonData": {
                "basicAuthPassword": "right",
                "tlsCACert": pathlib.Path(authority.path).read_text(),
            },
        }


def test_health_of_a_secured_prometheus(client: TestClient, secured: dict[str, t.Any]) -> None:
    client.post("/api/datasources", json=secured)
    health = client.get("/api/datasources/uid/p/health")
    assert (health.status_code, health.json()["status"]) == (200, "OK")


def test_a_board_asks_a_secured_prometheus(client: TestClient, secured: dict[str, t.Any]) -> None:
    client.post("/api/datasources", json=secured)
    panel = {
        **{"type": "stat", "title": "P", "datasource": {"type": "prometheus", "uid": "p"}},
        "gridPos": {"x": 0, "y": 0, "w": 4, "h": 4},
        "targets": [{"expr": "up", "instant": True}],
        "options": {"textMode": "value", "graphMode": "none"},
        "fieldConfig": {"defaults": {"unit": "short", "thresholds": {"steps": []}}},
    }
    board = {"title": "B", "uid": "b", "panels": [panel]}
    client.post("/api/dashboards/db", json={"dashboard": board})
    assert "41.5" in client.get("/d/b").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secureJsonData": {"basicAuthPassword": "wrong"}}, "401"),
        ({"basicAuth": False}, "401"),
        ({"jsonData": {}}, "certificate verify failed"),
        ({"secureJsonData": {"tlsCACert": "none"}}, "failed to parse TLS CA PEM certificate"),
    ],
)
def test_health_of_a_prometheus_that_refuses(
    client: TestClient, secured: dict[str, t.Any], change: dict[str, t.Any], words: str
) -> None:
    secrets = {**secured["secureJsonData"], **change.get("secureJsonData", {})}
    client.post("/api/datasources", json={**secured, **change, "secureJsonData": secrets})
    health = client.get("/api/datasources/uid/p/health")
    assert health.status_code == 400
    assert words in health.json()["message"]


@pytest.mark.parametrize(
    "more", [{"type": "loki"}, {"secureJsonData": {"httpHeaderValue1": "token"}}]
)
def test_health_that_is_not_simulated(client: TestClient, more: dict[str, t.Any]) -> None:
    source = {"name": "P", "uid": "p", "type": "prometheus", "access": "proxy", **more}
    client.post("/api/datasources", json=source)
    assert client.get("/api/datasources/uid/p/health").status_code == 501
