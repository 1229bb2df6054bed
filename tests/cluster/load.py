# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that goes on writing while servers come and go, and remembers what it was promised."""

from __future__ import annotations

import functools
import itertools
import time
import uuid

import requests

from .background import Background
from .servers import Server


class Writing(Background):
    """Writes one key after the other, through the next server where one fails. C(acknowledged) was promised."""

    def __init__(self, servers: list[Server]) -> None:
        super().__init__(self._write)
        self.prefix = f"mlops/test/{uuid.uuid4()}"
        self.acknowledged: list[int] = []
        self.refused = 0
        self._servers = itertools.cycle(servers)

    def _write(self) -> None:
        server = next(self._servers)
        for number in itertools.count():
            if self._over.is_set():
                return
            try:
                done = server.request("PUT", f"kv/{self.prefix}/{number}", str(number).encode())
                promised = done.ok and done.text.strip() == "true"
            except requests.RequestException:
                promised = False
            if promised:
                self.acknowledged.append(number)
            else:
                self.refused += 1
                server = next(self._servers)
            time.sleep(0.05)

    def more(self, count: int) -> int:
        """How many there will be when this many more were promised."""
        return len(self.acknowledged) + count

    def lost(self, server: Server) -> set[int]:
        """What was promised and is not there."""
        rows = server.get(f"kv/{self.prefix}", recurse="true", consistent="true")
        kept = {int(row["Key"].rpartition("/")[2]) for row in rows}
        return set(self.acknowledged) - kept

    def remove(self, server: Server) -> None:
        server.ask("DELETE", f"kv/{self.prefix}", recurse="true")


class Watching(Background):
    """Asks each server again and again whether it answers; C(gone) has the times at which one did not."""

    def __init__(self, servers: list[Server]) -> None:
        super().__init__(*(functools.partial(self._watch, server) for server in servers))
        self.gone: dict[str, list[tuple[float, float]]] = {s.host.name: [] for s in servers}

    def _watch(self, server: Server) -> None:
        since: float | None = None
        while not self._over.is_set():
            asked = time.monotonic()
            try:
                server.request("GET", "status/leader")
            except requests.RequestException:
                since = since or asked
            else:
                if since is not None:
                    self.gone[server.host.name].append((since, asked))
                since = None
            time.sleep(0.2)

    def overlaps(self) -> list[tuple[str, str]]:
        """Pairs of servers that were away at the same moment."""
        pairs = itertools.combinations(self.gone.items(), 2)
        return [
            (one, other)
            for (one, mine), (other, theirs) in pairs
            if any(a < d and c < b for a, b in mine for c, d in theirs)
        ]

    def order(self) -> list[str]:
        """Who was away, in the order of their first absence."""
        return sorted((n for n, gone in self.gone.items() if gone), key=lambda n: self.gone[n][0])
