# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy on the loopback address that counts what passes through it, and can come between."""

from __future__ import annotations

import contextlib
import http.server
import typing as t
import urllib.error
import urllib.request

from ansible_collections.mlops.infra.tests.listening import Handler, listening

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


class _Handler(Handler):
    protocol_version = "HTTP/1.1"
    server: CountingProxy

    def serve(self) -> None:
        self.server.seen.append(f"{self.command} {self.path.partition('?')[0]}")
        self.server.before(len(self.server.seen))
        request = urllib.request.Request(
            self.server.target + self.path,
            data=self.content() or None,
            headers={k: v for k, v in self.headers.items() if k.lower() not in HOPS},
            method=self.command,
        )
        try:
            answer = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            own = (*HOPS, "date", "server")
            headers = {k: v for k, v in answer.headers.items() if k.lower() not in own}
            self.answer(answer.status, answer.read(), **headers)


@contextlib.contextmanager
def counting(
    target: str, before: t.Callable[[int], None] = lambda number: None
) -> t.Iterator[CountingProxy]:
    with listening(CountingProxy(target, before)) as proxy:
        yield proxy
