# SPDX-License-Identifier: GPL-3.0-or-later
"""How requests and answers look: JSON bodies, text errors, blocking queries, headers."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from .durations import parse_duration
from .errors import ApiError
from .shapes import SECOND, Data
from .store import Store

Query = t.Callable[[], tuple[t.Any, int]]
DEFAULT_WAIT, MAX_WAIT = 300.0, 600.0


class Missing(Exception):  # noqa: N818 - not an error but an answer
    """A 404 that carries the index of what was asked for."""

    def __init__(self, text: str, index: int) -> None:
        super().__init__(text)
        self.text = text
        self.index = index


@dataclasses.dataclass
class Call:
    """One request: its query and its body are read before the (synchronous) handler runs."""

    request: Request
    raw: bytes
    rest: str = ""

    def get(self, name: str, default: str = "") -> str:
        return str(self.request.query_params.get(name, default))

    def flag(self, name: str) -> bool:
        return self.get(name, "false").lower() in ("true", "1", "t")

    def body(self) -> Data:
        try:
            data = json.loads(self.raw or b"")
        except json.JSONDecodeError as error:
            cut = error.pos >= len(self.raw.rstrip())
            raise ApiError(400, "EOF" if not self.raw else "unexpected EOF" if cut
                           else f"(simulator's words) {error}") from error  # fmt: skip
        if not isinstance(data, dict):
            raise ApiError(400, "(simulator's words) the body is not a JSON object")
        return data


def plain_headers(index: int) -> dict[str, str]:
    return {
        "X-Nomad-Index": str(index),
        "X-Nomad-KnownLeader": "true",
        "X-Nomad-LastContact": "0",
    }


def answer(data: t.Any, headers: t.Mapping[str, str] | None = None) -> Response:
    text = json.dumps(data, separators=(",", ":"))
    return Response(text, 200, dict(headers or {}), media_type="application/json")


def written(data: Data) -> Response:
    """The answer to a change."""
    return answer(data, {"X-Nomad-Index": str(data["Index"])})


def failure(error: ApiError) -> Response:
    headers = {"X-Content-Type-Options": "nosniff", **error.headers}
    return PlainTextResponse(error.text, error.status, headers)


def wanted(call: Call) -> tuple[int, float]:
    """The index and the seconds of a blocking query."""
    wait, index = call.get("wait"), call.get("index")
    try:
        seconds = parse_duration(wait) / SECOND if wait else DEFAULT_WAIT
    except ValueError as error:
        raise ApiError(400, "Invalid wait time") from error
    if index and not index.isdigit():
        raise ApiError(400, "Invalid index")
    return int(index or 0), min(seconds, MAX_WAIT)


def checked_region(call: Call, region: str) -> None:
    if call.get("region", region) != region:
        raise ApiError(500, "No path to region")


def read(store: Store, call: Call, query: Query) -> Response:
    """A query's answer with its index; it waits where the request says so."""
    index, seconds = wanted(call)

    def once() -> tuple[t.Any, int]:
        try:
            return query()
        except Missing as missing:
            return missing, missing.index

    found, at = store.blocking(once, index, seconds)
    if isinstance(found, Missing):
        raise ApiError(404, found.text, plain_headers(at))
    with store.reading():
        return answer(found, plain_headers(at))
