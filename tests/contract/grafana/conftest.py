# SPDX-License-Identifier: GPL-3.0-or-later
"""The server under test: the simulator in this process, or a real one by MLOPS_GRAFANA_CONTRACT_URL."""

from __future__ import annotations

import os
import pathlib
import sys
import typing as t

import pytest
import requests
from starlette.testclient import TestClient

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "roles/lab/files/grafana_sim"))

from grafana_sim.app import build_app
from grafana_sim.settings import from_environment

from .replay import Answer, replay

PASSWORD = "mlopsadmin"
PROVIDERS = """
apiVersion: 1
providers:
  - name: mlops
    folder: MLOps
    folderUid: mlops
    type: file
    allowUiUpdates: false
    options: {path: %s}
"""
SOURCES = """
apiVersion: 1
datasources:
  - name: Prometheus
    uid: prometheus
    type: prometheus
    access: proxy
    url: http://127.0.0.1:9
    isDefault: true
    editable: false
    jsonData: {httpMethod: POST, timeInterval: 10s}
"""


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    url = os.environ.get("MLOPS_GRAFANA_CONTRACT_URL")
    if url:
        user = os.environ.get("GRAFANA_USER", "admin")
        password = os.environ.get("GRAFANA_PASSWORD", PASSWORD)
        return _by_name(replay(requests.Session().request, url.rstrip("/"), user, password))
    return _by_name(_from_simulator(tmp_path_factory.mktemp("grafana")))


def _from_simulator(directory: pathlib.Path) -> list[Answer]:
    with _simulator(directory) as client:

        def request(method: str, url: str, **more: t.Any) -> t.Any:
            client.cookies.clear()  # what requests calls data is content here
            return client.request(method, url, headers=more["headers"], content=more["data"])

        return replay(request, "", "admin", PASSWORD)


@pytest.fixture
def client(tmp_path: pathlib.Path) -> t.Iterator[TestClient]:
    with _simulator(tmp_path) as running:
        running.auth = ("admin", PASSWORD)
        yield running


def _simulator(directory: pathlib.Path) -> TestClient:
    files = {
        "provisioning/datasources/mlops.yml": SOURCES,
        "provisioning/dashboards/mlops.yml": PROVIDERS % (directory / "boards"),
        "boards/locked.json": '{"title": "Locked", "uid": "locked", "panels": []}',
    }
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environment = {
        "GF_PATHS_CONFIG": str(directory / "none.ini"),
        "GF_PATHS_DATA": str(directory / "data"),
        "GF_PATHS_PROVISIONING": str(directory / "provisioning"),
        "GF_SECURITY_ADMIN_PASSWORD": PASSWORD,
    }
    return TestClient(build_app(from_environment(environment)))


def _by_name(answers: list[Answer]) -> dict[str, Answer]:
    return {answer["name"]: answer for answer in answers}
