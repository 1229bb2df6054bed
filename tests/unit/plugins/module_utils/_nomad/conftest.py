# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on a real socket that answers from a list, so that the client is tested as it is used."""

from __future__ import annotations

import json
import threading
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad.client import NomadClient
from ansible_collections.mlops.infra.plugins.module_utils._nomad.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._nomad.transport import requester

DROP = "drop"  # the request arrives, the answer does not


@dataclass
class Scripted:
    """What it answers next, and what it was asked."""

    address: str = ""
    answers: list[t.Any] = field(default_factory=list)
    asked: list[dict[str, t.Any]] = field(default_factory=list)
    connections: set[t.Any] = field(default_factory=set)

    def client(self, kind: t.Any = NomadClient, **fields: t.Any) -> t.Any:
        given: dict[str, t.Any] = {
            "address": self.address,
            "token": "",
            "namespace": "",
            "region": "",
            "verify": True,
            "cert": (),
            "tls_server_name": "",
            "timeout": 5.0,
        }
        connection = Connection(**{**given, **fields})
        client = kind(requester(connection), connection.timeout)
        client._sleep = lambda seconds: None
        return client


def _handler(script: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            script.connections.add(self.client_address)
            script.asked.append(
                {
                    "method": self.command,
                    "path": url.path,
                    "query": {k: v[0] for k, v in parse_qs(url.query).items()},
                    "json": json.loads(body) if body else None,
                    "token": self.headers.get("X-Nomad-Token"),
                }
            )
            answer = script.answers.pop(0)
            if answer == DROP:
                self.connection.close()
                self.close_connection = True
                return
            status, content, *more = answer if isinstance(answer, tuple) else (200, answer)
            raw = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            headers = {"Content-Length": str(len(raw)), "X-Nomad-Index": "42"}
            for name, value in {**headers, **(more[0] if more else {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

        def log_message(self, *args: t.Any) -> None:
            pass

    return Handler


@pytest.fixture
def script() -> t.Iterator[Scripted]:
    script = Scripted()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    server.daemon_threads = True
    script.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
