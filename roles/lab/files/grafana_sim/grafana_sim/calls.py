# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request to a plain function and back: authentication, body, refusals."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from .answers import RefusedError, refusal
from .auth import Account
from .simulator import Simulator


@dataclasses.dataclass(frozen=True)
class Call:
    """What a handler gets. The account is the signed-in one, or nobody on open routes."""

    sim: Simulator
    params: t.Mapping[str, t.Any]
    query: t.Any
    body: bytes
    account: Account | None

    @property
    def login(self) -> str:
        return self.account.login if self.account else ""

    def json(self) -> dict[str, t.Any]:
        try:
            data = json.loads(self.body)
        except ValueError as error:
            raise RefusedError(400, "bad request data") from error
        if not isinstance(data, dict):
            raise RefusedError(400, "bad request data")
        return data


Handler = t.Callable[[Call], Response]


@dataclasses.dataclass(frozen=True)
class Entry:
    """One row of the table of routes."""

    method: str
    path: str
    handler: Handler
    open: bool = False


def endpoint(entry: Entry) -> t.Callable[[Request], t.Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        request.scope["lab_handler"] = entry.path
        body = await request.body()
        return await run_in_threadpool(_answer, entry, request, body)

    return serve


def _answer(entry: Entry, request: Request, body: bytes) -> Response:
    sim: Simulator = request.app.state.sim
    try:
        account = None if entry.open else sim.accounts.identify(request.headers, request.cookies)
        return entry.handler(Call(sim, request.path_params, request.query_params, body, account))
    except RefusedError as error:
        return _refused(error, request.url.path)


def _refused(error: RefusedError, path: str) -> Response:
    """Grafana's API never asks for credentials; a page does, so that a browser can show it."""
    answer = refusal(error)
    if error.status == 401 and not path.startswith(("/api/", "/login")):
        answer.headers["WWW-Authenticate"] = 'Basic realm="grafana_sim"'
    return answer
