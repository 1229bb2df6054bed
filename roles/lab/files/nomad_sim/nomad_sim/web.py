# SPDX-License-Identifier: GPL-3.0-or-later
"""How requests and answers look: JSON bodies, text errors, blocking queries, headers."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from . import go_json
from .durations import parse_duration
from .errors import ApiError, NotSimulated
from .rights import ALL, Rights
from .shapes import SECOND, Data, words
from .store import Store

Query = t.Callable[[], tuple[t.Any, int]]
DEFAULT_WAIT, MAX_WAIT = 300.0, 600.0
DEFAULT_NAMESPACE = "default"
FLAGS = {
    **dict.fromkeys(words("1 t T true TRUE True"), True),
    **dict.fromkeys(words("0 f F false FALSE False"), False),
}
# What each endpoint takes; the lists and others take more.
COMMON = frozenset(words("region namespace index wait stale"))


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
    rights: Rights = ALL
    # Of the token that the request carries.
    accessor: str = ""
    # Of what the token needs one in the namespace.
    wanted: tuple[str, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return str(self.request.query_params.get(name, default))

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.get(name)
        if not value:
            return default
        if value not in FLAGS:
            raise ApiError(
                500,
                f'Failed to parse value of "{name}" ({value}) as a bool: strconv.ParseBool: parsing '
                f'"{value}": invalid syntax',
            )
        return FLAGS[value]

    @property
    def namespace(self) -> str:
        return self.get("namespace") or DEFAULT_NAMESPACE

    @property
    def has_jobs(self) -> bool:
        """Jobs and what comes of them are in the default namespace only."""
        everywhere = self.namespace == "*" and self.rights.capable(DEFAULT_NAMESPACE, *self.wanted)
        return everywhere or self.namespace == DEFAULT_NAMESPACE

    @property
    def token(self) -> str:
        """The secret that the request carries."""
        own = self.request.headers.get("X-Nomad-Token", "")
        kind, _space, bearer = self.request.headers.get("Authorization", "").partition(" ")
        return own or (bearer.strip() if kind.lower() == "bearer" else "")

    @property
    def writes(self) -> bool:
        return self.request.method in ("POST", "PUT")

    @property
    def changes(self) -> bool:
        return self.writes or self.request.method == "DELETE"

    def body(self, struct: str) -> Data:
        return go_json.decode(self.raw, struct)


def check_method(call: Call, writes: bool) -> None:
    if call.writes is not writes:
        raise ApiError(405, "Invalid method")


def plain_headers(index: int) -> dict[str, str]:
    return {
        "X-Nomad-Index": str(index),
        "X-Nomad-KnownLeader": "true",
        "X-Nomad-LastContact": "0",
    }


def answer(data: t.Any, headers: t.Mapping[str, str] | None = None) -> Response:
    text = json.dumps(data, separators=(",", ":"))
    return Response(text, 200, dict(headers or {}), media_type="application/json")


def written(data: Data, headers: t.Mapping[str, str] | None = None) -> Response:
    """The answer to a change."""
    return answer(data, {"X-Nomad-Index": str(data["Index"]), **(headers or {})})


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


def checked_query(call: Call, known: t.Collection[str]) -> None:
    """A parameter that would be passed over here may decide what a real server answers."""
    for name in call.request.query_params:
        if name not in COMMON and name not in known:
            raise NotSimulated(f"the parameter {name} of {call.request.url.path}")


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
