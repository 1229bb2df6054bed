# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault switch, and the health check that really asks."""

from __future__ import annotations

import base64
import http.server
import json
import pathlib
import ssl
import threading
import time
import typing as t

import pytest
from starlette.testclient import TestClient

from tests.secured.certificates import Authority

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


class Prometheus(http.server.BaseHTTPRequestHandler):
    asked: t.ClassVar[list[tuple[str, bytes]]] = []
    answer: t.ClassVar[tuple[int, t.Any]] = (200, {"status": "success"})

    def do_POST(self) -> None:
        self.asked.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        body = json.dumps(self.answer[1]).encode()
        self.send_response(self.answer[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: t.Any) -> None:
        pass


@pytest.fixture
def prometheus() -> t.Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Prometheus)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    Prometheus.asked.clear()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


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
    monkeypatch.setattr(Prometheus, "answer", answer)
    source = {"name": "P", "uid": "p", "type": "prometheus", "access": "proxy"}
    client.post("/api/datasources", json={**source, "url": f"{prometheus}/sub/"})
    health = client.get("/api/datasources/uid/p/health")
    assert (health.status_code, health.json()["status"]) == (status, word)
    assert Prometheus.asked == [("/sub/api/v1/query", b"query=1%2B1")]


class Secured(http.server.BaseHTTPRequestHandler):
    """A Prometheus that lets in one user, and counts every sample as one."""

    login: t.ClassVar[str] = "Basic " + base64.b64encode(b"mlops:right").decode()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        let_in = self.headers["Authorization"] == self.login
        result = [{"metric": {}, "value": [0, "41.5"]}]
        body = json.dumps({"status": "success", "data": {"result": result}}).encode()
        self.send_response(200 if let_in else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: t.Any) -> None:
        pass


@pytest.fixture
def secured(tmp_path: pathlib.Path) -> t.Iterator[dict[str, t.Any]]:
    """A Prometheus behind TLS and a password, as a data source with what it takes."""
    authority = Authority(tmp_path, "authority")
    pair = authority.signed("prometheus", "prometheus", addresses=("127.0.0.1",))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Secured)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield {
        **{"name": "P", "uid": "p", "type": "prometheus", "access": "proxy"},
        "url": f"https://127.0.0.1:{server.server_address[1]}",
        "basicAuth": True,
        "basicAuthUser": "mlops",
        "jsonData": {"tlsAuthWithCACert": True},
        "secureJsonData": {
            "basicAuthPassword": "right",
            "tlsCACert": pathlib.Path(authority.path).read_text(),
        },
    }
    server.shutdown()
    server.server_close()


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
