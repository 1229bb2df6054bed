# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP application: paths to handlers."""

from __future__ import annotations

import typing as t

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from .errors import ApiError
from .routes import Routes
from .routes_jobs import JobRoutes
from .web import Call, checked_region, failure

Handler = t.Callable[[Call], Response]
KNOWN_BEYOND = (
    "/v1/acl", "/v1/client", "/v1/event", "/v1/namespace", "/v1/node/pool", "/v1/operator",
    "/v1/plugin", "/v1/quota", "/v1/scaling", "/v1/search", "/v1/sentinel", "/v1/service",
    "/v1/system", "/v1/var", "/v1/volume", "/v1/agent", "/v1/recommendation",
)  # fmt: skip


def endpoint(handler: Handler, region: str) -> t.Callable[[Request], t.Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        call = Call(request, await request.body(), request.path_params.get("rest", ""))
        try:
            checked_region(call, region)
            return await run_in_threadpool(handler, call)
        except ApiError as error:
            return failure(error)

    return serve


async def not_found(request: Request, error: Exception) -> Response:
    """A path that the real server has is not simulated; the others do not exist there either."""
    path = request.url.path
    if isinstance(error, HTTPException) and error.status_code == 405:
        return PlainTextResponse("Invalid method", 405)
    if path.startswith(KNOWN_BEYOND):
        return PlainTextResponse(f"not simulated: {path}", 501)
    return Response(b"", 404)


def build(routes: Routes, jobs: JobRoutes, region: str) -> Starlette:
    write = ["GET", "POST", "PUT", "DELETE"]
    table: list[tuple[str, Handler, list[str]]] = [
        ("/", routes.page, ["GET"]),
        ("/v1/jobs/parse", jobs.parse, ["POST", "PUT"]),
        ("/v1/jobs", jobs.listing, ["GET", "POST", "PUT"]),
        ("/v1/validate/job", jobs.validate, ["POST", "PUT"]),
        ("/v1/job/{rest:path}", jobs.job, write),
        ("/v1/evaluations", routes.evaluations, ["GET"]),
        ("/v1/evaluation/{rest:path}", routes.evaluation, ["GET"]),
        ("/v1/deployments", routes.deployments, ["GET"]),
        ("/v1/deployment/{rest:path}", routes.deployment, ["GET"]),
        ("/v1/allocations", routes.allocations, ["GET"]),
        ("/v1/allocation/{rest}", routes.allocation, ["GET"]),
        ("/v1/client/fs/logs/{rest}", routes.logs, ["GET"]),
        ("/v1/nodes", routes.nodes, ["GET"]),
        ("/v1/node/{rest}", routes.node, ["GET"]),
        ("/v1/agent/self", routes.self, ["GET"]),
        ("/v1/agent/health", routes.health, ["GET"]),
        ("/v1/status/leader", routes.leader, ["GET"]),
        ("/v1/status/peers", routes.peers, ["GET"]),
        ("/v1/regions", routes.regions, ["GET"]),
        ("/v1/metrics", routes.prometheus, ["GET"]),
    ]
    paths = [Route(p, endpoint(h, region), methods=m) for p, h, m in table]
    return Starlette(routes=paths, exception_handlers={404: not_found, 405: not_found})
