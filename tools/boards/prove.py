# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a Prometheus every query of every board: python -m boards.prove http://127.0.0.1:9090

A live query has to answer now. One that waits for an event has to have answered in the last hours,
where --events says that all of them were provoked; without it, it only has to be understood. One that
needs more than the platform has is only understood here, and answered in boards.documented.
--simulated names what stands in for Nomad and lacks some of its metrics: what these feed is left out,
and named, as long as a real Nomad is known to have them.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import pathlib
import sys
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request

from . import BOARDS, promql
from .model import Query

NAMES = pathlib.Path(__file__).parent / "names"
STEP = 15
Verdict = t.Literal["answered", "understood", "not simulated", "FAILED"]


@dataclasses.dataclass(frozen=True)
class Finding:
    where: str
    query: Query
    verdict: Verdict
    why: str = ""


class Prometheus:
    def __init__(self, url: str, hours: float) -> None:
        self.url = url.rstrip("/")
        self.hours = hours

    def now(self, expr: str) -> list[dict[str, str]]:
        found = self._ask("query", {"query": expr})["result"]
        return [one["metric"] for one in found if one["value"][1] != "NaN"]

    def lately(self, expr: str) -> list[dict[str, str]]:
        end = time.time()
        window = {"start": end - self.hours * 3600, "end": end, "step": STEP}
        found = self._ask("query_range", {"query": expr, **window})["result"]
        return [one["metric"] for one in found if any(v != "NaN" for _at, v in one["values"])]

    def _ask(self, what: str, parameters: dict[str, t.Any]) -> dict[str, t.Any]:
        body = urllib.parse.urlencode(parameters).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{what}", body, timeout=60) as answer:
                data: dict[str, t.Any] = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error).get("error", str(error))) from error
        return data


class Proof:
    def __init__(self, server: Prometheus, events: bool, simulated: bool) -> None:
        self.server = server
        self.events = events
        self.simulated = simulated

    def findings(self) -> t.Iterator[Finding]:
        for board in BOARDS:
            for title, letter, query in board.queries():
                yield self.judge(f"{board.uid}: {title} {letter}", query)

    def judge(self, where: str, query: Query) -> Finding:
        expr = promql.filled(query.expr)
        try:
            series = self.server.now(expr)
            if not series and query.when.kind == "event":
                series = self.server.lately(expr)
        except ValueError as error:
            return Finding(where, query, "FAILED", str(error))
        gaps = [name for name in sorted(query.wanted()) if not any(s.get(name) for s in series)]
        if series and not gaps:
            return Finding(where, query, "answered")
        return self._unanswered(where, query, f"lacks {', '.join(gaps)}" if series else "no series")

    def _unanswered(self, where: str, query: Query, why: str) -> Finding:
        kind = query.when.kind
        if kind == "needs" or (kind == "event" and not self.events):
            return Finding(where, query, "understood", f"{kind}: {query.when.what}")
        absent = [name for name in promql.metrics(query.expr) if not self.server.lately(name)]
        if self.simulated and absent and set(absent) <= names("nomad-1.6.10"):
            return Finding(where, query, "not simulated", ", ".join(absent))
        return Finding(where, query, "FAILED", why)


def names(server: str) -> set[str]:
    """The metrics that a real server was seen to have."""
    return set((NAMES / f"{server}.txt").read_text(encoding="utf-8").split())


def main() -> int:
    parser = argparse.ArgumentParser(prog="boards.prove", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--hours", type=float, default=1, help="how far back events may lie")
    parser.add_argument("--events", action="store_true", help="every event was provoked")
    parser.add_argument("--simulated", action="store_true", help="Nomad is a simulator")
    asked = parser.parse_args()
    proof = Proof(Prometheus(asked.url, asked.hours), asked.events, asked.simulated)
    findings = list(proof.findings())
    for found in findings:
        if found.verdict != "answered":
            sys.stdout.write(f"{found.verdict:13} {found.where}: {found.why}\n")
            if found.verdict == "FAILED":
                sys.stdout.write(f"{'':13} {promql.filled(found.query.expr)}\n")
    counts = collections.Counter((f.query.when.kind, f.verdict) for f in findings)
    for (kind, verdict), number in sorted(counts.items()):
        sys.stdout.write(f"{number:4} {kind} {verdict}\n")
    return any(found.verdict == "FAILED" for found in findings)


if __name__ == "__main__":
    sys.exit(main())
