# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults for tests: answers that are late, wrong, leaderless or cut off. Off by default."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
import typing as t

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import ApiError
from .shapes import Data

KINDS = ("delay", "500", "no_leader", "drop")
PATH = "/_lab/fault"


@dataclasses.dataclass
class Fault:
    kind: str
    path: re.Pattern[str]
    times: int
    seconds: float

    @classmethod
    def of(cls, data: Data) -> Fault:
        unknown = sorted(set(data) - {"kind", "path", "times", "seconds"})
        if unknown or data.get("kind") not in KINDS:
            raise ApiError(400, f"a fault has a kind of {', '.join(KINDS)}; path, times, seconds")
        try:
            path = re.compile(str(data.get("path", ".*")))
        except re.error as error:
            raise ApiError(400, f"path is not a regular expression: {error}") from error
        return cls(data["kind"], path, int(data.get("times", 1)), float(data.get("seconds", 1)))


class Faults:
    """Wraps the application; each fault counts the requests that it still applies to."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.enabled = os.environ.get("MLOPS_LAB_FAULTS") == "1"
        self.faults: list[Fault] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.enabled:
            await self.app(scope, receive, send)
        elif scope["path"] == PATH:
            await (await self.control(scope, receive))(scope, receive, send)
        else:
            await self.apply(scope, receive, send)

    async def control(self, scope: Scope, receive: Receive) -> t.Any:
        if scope["method"] == "DELETE":
            self.faults.clear()
        elif scope["method"] == "POST":
            try:
                self.faults.append(Fault.of(await Request(scope, receive).json()))
            except (ApiError, ValueError) as error:
                return PlainTextResponse(str(error), 400)
        return JSONResponse([{"kind": f.kind, "path": f.path.pattern, "times": f.times,
                              "seconds": f.seconds} for f in self.faults])  # fmt: skip

    def take(self, path: str) -> Fault | None:
        found = next((f for f in self.faults if f.times > 0 and f.path.search(path)), None)
        if found is not None:
            found.times -= 1
        return found

    async def apply(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self.take(scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            await self.app(scope, receive, send)
        elif fault.kind == "drop":
            drop(send)
        else:
            text = "No cluster leader" if fault.kind == "no_leader" else "fault of the lab"
            await PlainTextResponse(text, 500)(scope, receive, send)


def drop(send: t.Any) -> None:
    """Close the connection without an answer: C(send) belongs to uvicorn's request cycle."""
    send.__self__.transport.abort()
