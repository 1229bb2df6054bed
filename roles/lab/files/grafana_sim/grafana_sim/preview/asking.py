# SPDX-License-Identifier: GPL-3.0-or-later
"""A board's queries as Grafana would send them, and what Prometheus answers."""

from __future__ import annotations

import dataclasses
import re
import ssl
import typing as t

import httpx

VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")
DURATION = re.compile(r"now-(\d+)([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
POINTS = 240
TIMEOUT = 20.0


@dataclasses.dataclass(frozen=True)
class Series:
    """One line: its labels, and (time, value) as they came; an instant answer has one point."""

    labels: dict[str, str]
    points: list[tuple[float, float]]

    @property
    def last(self) -> float:
        return self.points[-1][1]


@dataclasses.dataclass(frozen=True)
class Window:
    """The time that a board shows."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def step(self) -> int:
        return max(5, round(self.seconds / POINTS))


class UnansweredError(Exception):
    """Prometheus refused a query or cannot be reached; the text says which."""


class Asking:
    """The queries of one board at one time, with the values that its variables have."""

    def __init__(self, client: httpx.Client, window: Window, values: t.Mapping[str, str]) -> None:
        self.window = window
        self.values = values
        self._client = client

    def close(self) -> None:
        self._client.close()

    def now(self, expr: str) -> list[Series]:
        found = self._ask("query", {"query": self.filled(expr), "time": self.window.end})
        return _finite(Series(one["metric"], [_point(one["value"])]) for one in found)

    def over_time(self, expr: str) -> list[Series]:
        window = self.window
        times = {"start": window.start, "end": window.end, "step": window.step}
        found = self._ask("query_range", {"query": self.filled(expr), **times})
        return _finite(
            Series(one["metric"], [_point(pair) for pair in one["values"]]) for one in found
        )

    def filled(self, expr: str) -> str:
        own = {
            "__range": f"{round(self.window.seconds)}s",
            "__interval": f"{self.window.step}s",
            "__rate_interval": f"{max(40, self.window.step + 10)}s",
        }

        def value(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            return own.get(name) or self.values.get(name, found[0])

        return VARIABLE.sub(value, expr)

    def _ask(self, what: str, parameters: dict[str, t.Any]) -> list[dict[str, t.Any]]:
        try:
            answer = self._client.post(f"/api/v1/{what}", data=parameters)
        except httpx.HTTPError as error:
            raise UnansweredError(f"Prometheus does not answer: {error}") from error
        try:
            body = answer.json()
        except ValueError as error:
            told = f"Prometheus answered {answer.status_code}: {answer.text.strip()[:100]}"
            raise UnansweredError(told) from error
        if body.get("status") != "success":
            raise UnansweredError(body.get("error", f"Prometheus answered {answer.status_code}"))
        found: list[dict[str, t.Any]] = body["data"]["result"]
        return found


def client(address: str, ca_file: str = "", login: str = "") -> httpx.Client:
    """How a Prometheus is reached: C(ca_file) is the only authority then, C(login) USER:PASSWORD."""
    user, _colon, password = login.partition(":")
    return httpx.Client(
        base_url=address.rstrip("/"),
        timeout=TIMEOUT,
        verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
        auth=(user, password) if user else None,
    )


def _point(pair: list[t.Any]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


def _finite(found: t.Iterable[Series]) -> list[Series]:
    """Without what cannot be drawn, and what is nothing then."""
    kept = []
    for one in found:
        points = [(at, value) for at, value in one.points if abs(value) < float("inf")]
        if points:
            kept.append(Series(one.labels, points))
    return kept


def window(board: dict[str, t.Any], now: float, since: str = "") -> Window:
    found = DURATION.fullmatch(since or (board.get("time") or {}).get("from") or "")
    seconds = int(found[1]) * SECONDS[found[2]] if found else 3600
    return Window(now - seconds, now)


def values(board: dict[str, t.Any], chosen: t.Mapping[str, str]) -> dict[str, str]:
    """Each variable's value: the one of the address, a constant, or everything."""
    found = {}
    for variable in (board.get("templating") or {}).get("list") or []:
        name = variable["name"]
        default = variable["query"] if variable["type"] == "constant" else ".*"
        found[name] = str(chosen.get(f"var-{name}") or default)
    return found
