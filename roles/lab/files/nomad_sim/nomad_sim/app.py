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

from . import gate
from .errors import ApiError
from .gate import Gate, Need
from .routes import Routes
from .routes_acl import AclRoutes
from .routes_deployments import DeploymentRoutes
from .routes_jobs import JobRoutes
from .routes_nodes import NodeRoutes
from .routes_objects import ObjectRoutes
from .routes_operator import OperatorRoutes
from .web import Call, checked_query, checked_region, failure

Handler = t.Callable[[Call], Response]
KNOWN_BEYOND = (
    "/v1/acl", "/v1/client", "/v1/event", "/v1/namespace", "/v1/node/pool", "/v1/operator",
    "/v1/plugin", "/v1/quota", "/v1/scaling", "/v1/search", "/v1/sentinel", "/v1/service",
    "/v1/system", "/v1/var", "/v1/volume", "/v1/agent", "/v1/recommendation",
)  # fmt: skip


def endpoint(
    handler: Handler, admit: t.Callable[[Call], None], region: str, known: t.Collection[str]
) -> t.Callable[[Request], t.Awaitable[Response]]:
    def admitted(call: Call) -> Response:
        admit(call)
        return handler(call)

    async def serve(request: Request) -> Response:
        call = Call(request, await request.body(), request.path_params.get("rest", ""))
        try:
            checked_region(call, region)
            checked_query(call, known)
            return await run_in_threadpool(admitted, call)
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
    acl: AclRoutes
    operator: OperatorRoutes


READ, WRITE = ("GET",), ("POST", "PUT")
BOTH, ALL = (*READ, *WRITE), (*READ, *WRITE, "DELETE")
LIST = "prefix filter"
LOGS = "task type plain follow origin offset"


Row = tuple[str, Handler, t.Sequence[str], str, Need | None]


def table(of: Family) -> list[Row]:
    """The paths: the methods and the parameters of each, and what a token needs for it."""
    return [*work(of), *cluster(of)]


def work(of: Family) -> list[Row]:
    """Jobs and what becomes of them."""
    return [
        ("/", of.routes.page, READ, "", None),
        ("/v1/jobs/parse", of.jobs.parse, WRITE, "", gate.PARSE_JOB),
        ("/v1/jobs", of.jobs.listing, BOTH, f"{LIST} meta", gate.LIST_JOBS),
        ("/v1/validate/job", of.jobs.validate, WRITE, "", gate.READ_JOB),
        ("/v1/job/{rest:any}", of.jobs.job, ALL, "purge all idempotency_token version",
         gate.JOB),
        ("/v1/evaluations", of.routes.evaluations, READ, f"{LIST} job", gate.READ_JOB),
        ("/v1/evaluation/{rest:any}", of.routes.evaluation, READ, "", gate.READ_JOB),
        ("/v1/deployments", of.deployments.deployments, READ, LIST, gate.READ_JOB),
        ("/v1/deployment/{rest:any}", of.deployments.deployment, BOTH, "", gate.DEPLOYMENT),
        ("/v1/allocations", of.routes.allocations, READ, f"{LIST} task_states", gate.READ_JOB),
        ("/v1/allocation/{rest}", of.routes.allocation, READ, "", gate.ALLOC),
        ("/v1/client/fs/logs/{rest}", of.routes.logs, READ, LOGS, gate.LOGS),
        ("/v1/client/allocation/{rest:any}", of.routes.client_allocation, BOTH, "",
         gate.CLIENT_ALLOC),
    ]  # fmt: skip


def cluster(of: Family) -> list[Row]:
    """Nodes, what is kept for everybody, tokens, and the agent itself."""
    return [
        ("/v1/client/metadata", of.nodes.metadata, BOTH, "node_id", gate.NODE),
        ("/v1/nodes", of.nodes.nodes, READ, LIST, gate.NODE),
        ("/v1/node/{rest:any}", of.nodes.node, BOTH, "", gate.NODE),
        ("/v1/vars", of.objects.variable_list, READ, "prefix", gate.ANY),
        ("/v1/var/{rest:any}", of.objects.variable, ALL, "cas", gate.VARIABLE),
        ("/v1/namespaces", of.objects.namespace_list, READ, "prefix", gate.ANY),
        ("/v1/namespace", of.objects.namespace, WRITE, "", gate.MANAGEMENT),
        ("/v1/namespace/{rest}", of.objects.namespace, ALL, "", gate.NAMESPACE),
        ("/v1/acl/bootstrap", of.acl.bootstrap, WRITE, "", None),
        ("/v1/acl/policies", of.acl.policy_list, READ, "prefix", gate.ANY),
        ("/v1/acl/policy/{rest:any}", of.acl.policy, ALL, "", gate.OWN_POLICY),
        ("/v1/acl/roles", of.acl.roles, READ, "prefix", gate.ANY),
        ("/v1/acl/tokens", of.acl.token_list, READ, f"{LIST} global", gate.MANAGEMENT),
        ("/v1/acl/token", of.acl.token_create, WRITE, "", gate.MANAGEMENT),
        ("/v1/acl/token/self", of.acl.own_token, READ, "", None),
        ("/v1/acl/token/{rest:any}", of.acl.token, ALL, "", gate.OWN_TOKEN),
        ("/v1/operator/autopilot/health", of.operator.autopilot_health, READ, "", gate.OPERATOR),
        ("/v1/agent/self", of.routes.self, READ, "", gate.AGENT),
        ("/v1/agent/members", of.routes.members, READ, "", gate.NODE),
        ("/v1/agent/health", of.routes.health, READ, "type", None),
        ("/v1/status/leader", of.routes.leader, READ, "", None),
        ("/v1/status/peers", of.routes.peers, READ, "", None),
        ("/v1/regions", of.routes.regions, READ, "", None),
        ("/v1/metrics", of.routes.prometheus, READ, "format", None),
    ]  # fmt: skip


def build(of: Family, door: Gate, region: str) -> Starlette:
    paths = [
        Route(
            path, endpoint(handler, admission(door, need), region, known.split()), methods=methods
        )
        for path, handler, methods, known, need in table(of)
    ]
    return Starlette(routes=paths, exception_handlers={404: not_found, 405: not_found})


def admission(door: Gate, need: Need | None) -> t.Callable[[Call], None]:
    return lambda call: door.admit(call, need)
