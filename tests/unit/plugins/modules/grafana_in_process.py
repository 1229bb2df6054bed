# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator over real HTTP in a profile, a server that follows a script, and how a module is run
on them. Whatever runs in check mode meets a server that refuses all but GET."""

from __future__ import annotations

import contextlib
import json
import pathlib
import sys
import threading
import typing as t

import pytest
import requests
import uvicorn
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.tests.listening import Handler, local

ROOT = pathlib.Path(__file__).parents[4]
sys.path.insert(0, str(ROOT / "roles/lab/files/grafana_sim"))

from grafana_sim.app import build_app
from grafana_sim.settings import from_environment

PASSWORD = "canary-7f3e"
AUTH = ("admin", PASSWORD)
PROFILES = ("10.1", "11.2", "11.6", "12.4", "13.0", "13.x-409")
PROVIDER = """
providers:
  - {name: %s, folder: '', type: file, allowUiUpdates: %s, options: {path: %s}}
"""
Result = dict[str, t.Any]
writes_refused = threading.Event()


class Grafana:
    """One running simulator, and the requests that it was asked."""

    def __init__(self, directory: pathlib.Path, profile: str) -> None:
        for name, editable in (("locked", "false"), ("open", "true")):
            _write(directory / f"{name}/{name}.json", json.dumps({"title": name, "uid": name}))
            provider = PROVIDER % (name, editable, directory / name)
            _write(directory / f"provisioning/dashboards/{name}.yml", provider)
        environment = {
            "GF_PATHS_CONFIG": "none",
            "GF_PATHS_DATA": str(directory / "data"),
            "GF_PATHS_PROVISIONING": str(directory / "provisioning"),
            "GF_SECURITY_ADMIN_PASSWORD": PASSWORD,
            "MLOPS_LAB_FAULTS": "1",
            "MLOPS_LAB_GRAFANA": profile,
        }
        self.asked: list[tuple[str, str]] = []
        self.profile = profile
        self._app = build_app(from_environment(environment))
        self.url = ""

    async def __call__(self, scope: t.Any, receive: t.Any, send: t.Any) -> None:
        if scope["type"] == "http":
            self.asked.append((scope["method"], scope["path"]))
            if writes_refused.is_set() and scope["method"] != "GET":
                await send({"type": "http.response.start", "status": 418, "headers": []})
                await send({"type": "http.response.body", "body": b"check mode writes"})
                return
        await self._app(scope, receive, send)

    @contextlib.contextmanager
    def running(self, **tls: t.Any) -> t.Iterator[Grafana]:
        server = uvicorn.Server(uvicorn.Config(self, port=0, log_level="critical", **tls))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        if not tls:
            self.post("/api/folders", {"uid": "team", "title": "Team"})
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join(10)

    def get(self, path: str) -> t.Any:
        answer = requests.get(self.url + path, auth=AUTH)
        return None if answer.status_code == 404 else answer.json()

    def post(self, path: str, body: t.Any) -> Result:
        answer = requests.post(self.url + path, json=body, auth=AUTH)
        answer.raise_for_status()
        result: Result = answer.json()
        return result

    def delete(self, path: str) -> None:
        requests.delete(self.url + path, auth=AUTH)


def _write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class Run:
    """Calls the module's main as ansible-core does and gives back what it printed."""

    def __init__(self, module: t.Any, url: str, capfd: pytest.CaptureFixture[str]) -> None:
        self._module = module
        self._url = url
        self._capfd = capfd

    def __call__(self, check: bool = False, **params: t.Any) -> Result:
        given = {
            "url": self._url,
            "username": "admin",
            "password": PASSWORD,
            "wait_timeout": 0,
            **params,
            "_ansible_check_mode": check,
            "_ansible_diff": True,
        }
        given = {key: value for key, value in given.items() if value is not None}
        if check:
            writes_refused.set()
        try:
            with patch_module_args(given), pytest.raises(SystemExit) as stopped:
                self._module.main()
        finally:
            writes_refused.clear()
        result: Result = json.loads(self._capfd.readouterr().out)
        assert PASSWORD not in json.dumps(result)
        assert bool(stopped.value.code) == bool(result.get("failed")), result
        return result


class Script:
    """A server that gives prepared answers in turn and keeps what it was asked."""

    def __init__(self, answers: list[tuple[int, t.Any]]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, t.Any]] = []
        self.credentials: list[str] = []
        script = self

        class Scripted(Handler):
            def serve(self) -> None:
                text = self.content().decode()
                is_json = "json" in self.headers.get("Content-Type", "")
                body = json.loads(text) if text and is_json else text or None
                script.asked.append((self.command, self.path, body))
                script.credentials.append(self.headers.get("Authorization", "none").split()[-1])
                status, data = script.answers.pop(0)
                raw = data if isinstance(data, bytes) else json.dumps(data).encode()
                elsewhere = {"Location": "https://elsewhere/login"} if status == 302 else {}
                self.answer(status, raw, **elsewhere)

        self.server = local(Scripted)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
