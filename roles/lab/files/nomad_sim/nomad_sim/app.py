# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP application: paths to handlers."""

from __future__ import annotations

import typing as t

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from .errors import ApiError
from .routes import Routes
from .routes_deployments import DeploymentRoutes
from .routes_jobs import JobRoutes
from .routes_nodes import NodeRoutes
from .routes_objects import ObjectRoutes
from .web import Call, checked_query, checked_region, failure

Handler = t.Callable[[Call], Response]
KNOWN_BEYOND = (
    "/v1/acl", "/v1/client", "/v1/event", "/v1/namespace", "/v1/node/pool", "/v1/operator",
    "/v1/plugin", "/v1/quota", "/v1/scaling", "/v1/search", "/v1/sentinel", "/v1/service",
    "/v1/system", "/v1/var", "/v1/volume", "/v1/agent", "/v1/recommendation",
)  # fmt: skip


def endpoint(
    handler: Handler, region: str, known: t.Collection[str]
) -> t.Callable[[Request], t.Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        call = Call(request, await request.body(), request.path_params.get("rest", ""))
        try:
            checked_region(call, region)
            checked_query(call, known)
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


class _Any(StringConvertor):
    """All that follows, line breaks too."""

    regex = r"[\s\S]*"


register_url_convertor("any", _Any())


class Family(t.NamedTuple):
    """The endpoints of one kind of thing."""

    routes: Routes
    jobs: JobRoutes
    deployments: DeploymentRoutes
    nodes: NodeRoutes
    objects: ObjectRoutes


READ, WRITE, ALL = ("GET",), ("POST", "PUT"), ("GET", "POST", "PUT", "DELETE")
LIST = "prefix filter"
LOGS = "task type plain follow origin offset"


def table(of: Family) -> list[tuple[str, Handler, t.Sequence[str], str]]:
    """The paths, each with its methods and with the parameters that it knows."""
    return [
        ("/", of.routes.page, READ, ""),
        ("/v1/jobs/parse", of.jobs.parse, WRITE, ""),
        ("/v1/jobs", of.jobs.listing, (*READ, *WRITE), f"{LIST} meta"),
        ("/v1/validate/job", of.jobs.validate, WRITE, ""),
        ("/v1/job/{rest:any}", of.jobs.job, ALL, "purge all idempotency_token"),
        ("/v1/evaluations", of.routes.evaluations, READ, f"{LIST} job"),
        ("/v1/evaluation/{rest:any}", of.routes.evaluation, READ, ""),
        ("/v1/deployments", of.deployments.deployments, READ, LIST),
        ("/v1/deployment/{rest:any}", of.deployments.deployment, (*READ, *WRITE), ""),
        ("/v1/allocations", of.routes.allocations, READ, f"{LIST} task_states"),
        ("/v1/allocation/{rest}", of.routes.allocation, READ, ""),
        ("/v1/client/fs/logs/{rest}", of.routes.logs, READ, LOGS),
        ("/v1/client/allocation/{rest:any}", of.routes.client_allocation, (*READ, *WRITE), ""),
        ("/v1/client/metadata", of.nodes.metadata, (*READ, *WRITE), "node_id"),
        ("/v1/nodes", of.nodes.nodes, READ, LIST),
        ("/v1/node/{rest:any}", of.nodes.node, (*READ, *WRITE), ""),
        ("/v1/vars", of.objects.variable_list, READ, "prefix"),
        ("/v1/var/{rest:any}", of.objects.variable, ALL, "cas"),
        ("/v1/namespaces", of.objects.namespace_list, READ, "prefix"),
        ("/v1/namespace", of.objects.namespace, WRITE, ""),
        ("/v1/namespace/{rest}", of.objects.namespace, ALL, ""),
        ("/v1/agent/self", of.routes.self, READ, ""),
        ("/v1/agent/health", of.routes.health, READ, "type"),
        ("/v1/status/leader", of.routes.leader, READ, ""),
        ("/v1/status/peers", of.routes.peers, READ, ""),
        ("/v1/regions", of.routes.regions, READ, ""),
        ("/v1/metrics", of.routes.prometheus, READ, "format"),
    ]


def build(of: Family, region: str) -> Starlette:
    paths = [
        Route(path, endpoint(handler, region, known.split()), methods=methods)
        for path, handler, methods, known in table(of)
    ]
    return Starlette(routes=paths, exception_handlers={404: not_found, 405: not_found})
