# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on a real socket that answers from a list, so that clients are tested as they are used."""

from __future__ import annotations

import contextlib
import json
import typing as t
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from ansible_collections.mlops.infra.tests import listening

DROP = "drop"  # the request arrives, the answer does not


@dataclass
class Scripted:
    """What it answers next, and what it was asked.

    C(answers) are bodies, or (status, body), or (status, body, headers), or DROP.
    """

    address: str = ""
    answers: list[t.Any] = field(default_factory=list)
    asked: list[dict[str, t.Any]] = field(default_factory=list)
    connections: set[t.Any] = field(default_factory=set)

    @property
    def paths(self) -> list[str]:
        return [asked["path"] for asked in self.asked]


Script = t.TypeVar("Script", bound=Scripted)


def _handler(script: Scripted, server: str) -> type[listening.Handler]:
    class Handler(listening.Handler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            url = urlsplit(self.path)
            body = self.content()
            script.connections.add(self.client_address)
            script.asked.append(
                {
                    "method": self.command,
                    "path": url.path,
                    "query": {k: v[0] for k, v in parse_qs(url.query).items()},
                    "json": json.loads(body) if body else None,
                    "token": self.headers.get(f"X-{server}-Token"),
                }
            )
            answer = script.answers.pop(0)
            if answer == DROP:
                self.connection.close()
                self.close_connection = True
                return
            self._send(*(answer if isinstance(answer, tuple) else (200, answer)))

        def _send(self, status: int, content: t.Any, *more: dict[str, str]) -> None:
            raw = (content if isinstance(content, str) else json.dumps(content)).encode()
            headers = {f"X-{server}-Index": "42"}
            for given in more:
                headers.update(given)
            self.answer(status, raw, **headers)

    return Handler


@contextlib.contextmanager
def serving(server: str, script: Script) -> t.Iterator[Script]:
    """C(server) is the name in its headers, as in X-Consul-Token."""
    with listening.listening(listening.local(_handler(script, server))) as running:
        script.address = f"http://127.0.0.1:{running.server_port}"
        yield script
