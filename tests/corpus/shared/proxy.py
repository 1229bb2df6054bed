# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy on the loopback address that counts what passes through it, and can come between."""

from __future__ import annotations

import contextlib
import http.server
import threading
import typing as t
import urllib.error
import urllib.request

HOPS = ("connection", "transfer-encoding", "content-length", "host", "accept-encoding")


class CountingProxy(http.server.ThreadingHTTPServer):
    """Hands each request on to C(target), and keeps its method and path in C(seen).

    C(before) is called with the number of the request, from 1, before it is handed on.
    """

    daemon_threads = True

    def __init__(self, target: str, before: t.Callable[[int], None] = lambda number: None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target.rstrip("/")
        self.seen: list[str] = []
        self.before = before

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CountingProxy

    def _pass(self) -> None:
        self.server.seen.append(f"{self.command} {self.path.partition('?')[0]}")
        self.server.before(len(self.server.seen))
        size = int(self.headers.get("Content-Length") or 0)
        request = urllib.request.Request(
            self.server.target + self.path,
            data=self.rfile.read(size) if size else None,
            headers={k: v for k, v in self.headers.items() if k.lower() not in HOPS},
            method=self.command,
        )
        try:
            answer = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self._answer(answer.status, dict(answer.headers), answer.read())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in (*HOPS, "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815

    def log_message(self, *args: t.Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def counting(
    target: str, before: t.Callable[[int], None] = lambda number: None
) -> t.Iterator[CountingProxy]:
    with CountingProxy(target, before) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
