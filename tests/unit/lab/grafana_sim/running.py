# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator in this process, on a directory of its own."""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

ROOT = pathlib.Path(__file__).parents[4]
sys.path.insert(0, str(ROOT / "roles/lab/files/grafana_sim"))

from grafana_sim.app import build_app
from grafana_sim.settings import from_environment
from starlette.testclient import TestClient

PASSWORD = "first-password"


class Lab:
    """The directory of a simulator, and simulators that run on it one after another."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.environment = {
            "GF_PATHS_CONFIG": str(directory / "grafana.ini"),
            "GF_PATHS_DATA": str(directory / "data"),
            "GF_PATHS_PROVISIONING": str(directory / "provisioning"),
            "GF_SECURITY_ADMIN_PASSWORD": PASSWORD,
        }

    def write(self, name: str, content: t.Any) -> pathlib.Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, password: str = PASSWORD, **environment: str) -> TestClient:
        settings = from_environment({**self.environment, **environment})
        client = TestClient(build_app(settings), raise_server_exceptions=False)
        client.auth = ("admin", password)
        return client
