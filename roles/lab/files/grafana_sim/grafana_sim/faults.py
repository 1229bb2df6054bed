# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch for tests: the next answers come late, as a 500, or break off."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import threading
import typing as t

from starlette.types import ASGIApp, Receive, Scope, Send

from .answers import RefusedError, json_answer

KINDS = ("delay", "500", "drop")
SWITCH = "/_lab/fault"


@dataclasses.dataclass
class Fault:
    kind: str
    path: re.Pattern[str]
    times: int
    seconds: float


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[Fault] = []

    def add(self, body: dict[str, t.Any]) -> None:
        kind = str(body.get("kind"))
        if kind not in KINDS:
            raise RefusedError(400, f"kind must be one of {', '.join(KINDS)}")
        try:
            pattern = re.compile(str(body.get("path", "")))
        except re.error as error:
            raise RefusedError(400, f"path is no regular expression: {error}") from error
        fault = Fault(kind, pattern, int(body.get("times", 1)), float(body.get("seconds", 1.0)))
        with self._lock:
            self._active.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._active.clear()

    def take(self, path: str) -> Fault | None:
        """The first fault that is meant for this path, used up by one."""
        with self._lock:
            for fault in self._active:
                if fault.times > 0 and fault.path.search(path):
                    fault.times -= 1
                    return fault
        return None


class FaultMiddleware:
    """Outside of everything, so that a fault also hits what has no route."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = None
        if scope["type"] == "http" and scope["path"] != SWITCH:
            fault = self._faults.take(scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind == "drop":
            await _break_off(send)
        elif fault.kind == "500":
            await json_answer({"message": "Internal server error"}, 500)(scope, receive, send)
        else:
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)


async def _break_off(send: Send) -> None:
    """Promise a body and send none: the server then closes the connection in mid-answer."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
