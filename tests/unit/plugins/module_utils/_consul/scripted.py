# SPDX-License-Identifier: GPL-3.0-or-later
"""A Consul on a real socket that answers from a list and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import threading
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Scripted:
    """C(answers) are bodies, or (status, body), or (status, body, headers)."""

    address: str = ""
    answers: list[t.Any] = field(default_factory=list)
    asked: list[dict[str, t.Any]] = field(default_factory=list)
    connections: set[t.Any] = field(default_factory=set)

    @property
    def paths(self) -> list[str]:
        return [asked["path"] for asked in self.asked]


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
                    "token": self.headers.get("X-Consul-Token"),
                }
            )
            answer = script.answers.pop(0)
            parts = answer if isinstance(answer, tuple) else (200, answer)
            raw = (parts[1] if isinstance(parts[1], str) else json.dumps(parts[1])).encode()
            self.send_response(parts[0])
            headers = {"X-Consul-Index": "42", "Content-Length": str(len(raw))}
            for name, value in {**headers, **(parts[2] if len(parts) > 2 else {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_PUT = _answer  # noqa: N815

        def log_message(self, *args: t.Any) -> None:
            pass

    return Handler


@contextlib.contextmanager
def serving() -> t.Iterator[Scripted]:
    script = Scripted()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    server.daemon_threads = True
    script.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
