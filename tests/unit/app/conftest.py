# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs train.py as Nomad would, and a Consul made of one dictionary."""

from __future__ import annotations

import base64
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import typing as t
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.mlops.infra.tests.listening import Handler, listening

APP = Path(__file__).parents[3] / "roles" / "ml_trainer" / "files" / "app"
sys.path.insert(0, str(APP))

Lines = list[dict[str, t.Any]]


class FakeConsul(http.server.ThreadingHTTPServer):
    """GET with recurse and PUT of /v1/kv. It can be told to refuse, to dawdle or to babble."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.values: dict[str, str] = {}
        self.writes: list[tuple[str, dict[str, t.Any]]] = []
        self.tokens: list[str | None] = []
        self.requests: list[str] = []
        self.refuse_with = 0
        self.drip_seconds = 0.0
        self.babble = b""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def configure(self, **values: object) -> None:
        self.values = {f"mlops/config/training/{key}": str(v) for key, v in values.items()}


class _Handler(Handler):
    server: FakeConsul

    def serve(self) -> None:
        self.server.tokens.append(self.headers.get("X-Consul-Token"))
        self.server.requests.append(f"{self.command} {self.path}")
        if self.command == "PUT":
            key, written = self.path.removeprefix("/v1/kv/"), json.loads(self.content())
            self.server.writes.append((key, written))
            self._drip(200, b"true")
        else:
            self._list()

    def _list(self) -> None:
        prefix, _, query = self.path.removeprefix("/v1/kv/").partition("?")
        assert query == "recurse"
        entries = [
            {"Key": key, "Value": base64.b64encode(value.encode()).decode() if value else None}
            for key, value in self.server.values.items()
            if key.startswith(prefix)
        ]
        body = self.server.babble or json.dumps(entries).encode()
        self._drip(200 if entries or self.server.babble else 404, body)

    def _drip(self, status: int, body: bytes) -> None:
        self.send_response(self.server.refuse_with or status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(self.server.drip_seconds)
        except OSError:
            return  # the client has lost its patience, which is what the test is about


@pytest.fixture
def consul() -> Iterator[FakeConsul]:
    with listening(FakeConsul()) as server:
        yield server


class Trainer:
    """A running train.py."""

    def __init__(self, *arguments: str, **env: str) -> None:
        keep = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        quick = {"MLOPS_METRICS_PORT": "0", "NOMAD_META_linger_seconds": "0"}
        self.process = subprocess.Popen(
            [sys.executable, str(APP / "train.py"), *arguments],
            env={**keep, **quick, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: Lines = []

    def wait_for(self, event: str) -> dict[str, t.Any]:
        """Read on until the line with this event; the output ends should the process hang."""
        timer = threading.Timer(120, self.process.kill)
        timer.start()
        try:
            assert self.process.stdout
            for text in self.process.stdout:
                self.lines.append(json.loads(text))
                if self.lines[-1]["event"] == event:
                    return self.lines[-1]
        finally:
            timer.cancel()
        raise AssertionError(f"no {event} in {self.lines}")

    def ask(self, path: str) -> str:
        serving = next(line for line in self.lines if line["event"] == "serving")
        url = f"http://127.0.0.1:{serving['port']}{path}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=5) as answer:
            return t.cast(bytes, answer.read()).decode()

    def end(self) -> tuple[int, Lines, str]:
        """The exit code, all lines and what standard error says, once it has ended."""
        stdout, stderr = self.process.communicate(timeout=120)
        self.lines += [json.loads(text) for text in stdout.splitlines()]
        return self.process.returncode, self.lines, stderr

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def trainer() -> Iterator[t.Callable[..., Trainer]]:
    """Starts trainers; those that a failed test leaves behind are ended."""
    started: list[Trainer] = []

    def start(*arguments: str, **env: str) -> Trainer:
        started.append(Trainer(*arguments, **env))
        return started[-1]

    yield start
    for one in started:
        one.kill()
