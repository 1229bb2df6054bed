# SPDX-License-Identifier: GPL-3.0-or-later
"""The application: the table of routes, and 501 for everything that is not in it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import typing as t

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import NotSimulatedError, refusal
from .calls import Entry, endpoint
from .faults import FaultMiddleware
from .metrics import MetricsMiddleware
from .provisioning import ProvisioningError
from .routes import accounts, apis, dashboards, datasources, folders, lab, pages, parts, system
from .settings import Settings
from .simulator import Simulator

LOG = logging.getLogger("grafana_sim")
TABLE: list[Entry] = [
    *system.ROUTES,
    *dashboards.ROUTES,
    *parts.ROUTES,
    *accounts.ROUTES,
    *apis.ROUTES,
    *folders.ROUTES,
    *datasources.ROUTES,
    *pages.ROUTES,
]
POLL_SECONDS = 1.0


def build_app(settings: Settings) -> Starlette:
    sim = Simulator(settings)
    table = TABLE + (lab.ROUTES if settings.faults else [])
    app = Starlette(
        routes=[Route(entry.path, endpoint(entry), methods=[entry.method]) for entry in table],
        middleware=[
            Middleware(MetricsMiddleware, metrics=sim.metrics),
            Middleware(FaultMiddleware, faults=sim.faults),
        ],
        exception_handlers={404: _not_simulated, 405: _not_simulated},
        lifespan=_lifespan,
    )
    app.state.sim = sim
    return app


def _not_simulated(request: Request, _error: Exception) -> Response:
    return refusal(NotSimulatedError(f"{request.method} {request.url.path}"))


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> t.AsyncIterator[None]:
    sim: Simulator = app.state.sim
    await run_in_threadpool(sim.start)
    poll = asyncio.create_task(_poll(sim))
    try:
        yield
    finally:
        poll.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await poll
        sim.stop()


async def _poll(sim: Simulator) -> None:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        try:
            await run_in_threadpool(sim.provisioner.poll)
        except (ProvisioningError, OSError) as error:
            LOG.error("provisioning: %s", error)
