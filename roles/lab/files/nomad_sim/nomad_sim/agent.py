# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the parts together and serves."""

from __future__ import annotations

import contextlib
import logging
import threading
import typing as t

import anyio.to_thread
import docker
import uvicorn
from starlette.applications import Starlette

from . import SIMULATOR, namespaces, node
from .app import Family, build
from .client import Client
from .config import AgentConfig
from .consul import Consul
from .deployments import Watcher
from .docker_driver import DockerDriver
from .faults import Faults
from .gate import Gate
from .jobs import Jobs
from .listener import TlsServer
from .metrics import Metrics
from .routes import Routes
from .routes_acl import AclRoutes
from .routes_deployments import DeploymentRoutes
from .routes_jobs import JobRoutes
from .routes_nodes import NodeRoutes
from .routes_objects import ObjectRoutes
from .routes_operator import OperatorRoutes
from .scheduler import Scheduler
from .store import Store
from .tls import server_context

LOG = logging.getLogger("nomad_sim")
# Each blocking query holds a thread.
THREADS = 400


def assemble(config: AgentConfig) -> Starlette:
    store = Store(config.data_dir / "nomad_sim.json")
    store.load()
    # Without a limit: a wait for a container lasts as long as the container.
    client_api = docker.DockerClient.from_env(timeout=None, max_pool_size=200)
    driver = DockerDriver(client_api, config.docker)
    changed = threading.Event()
    client = Client(store, driver, config.data_dir, changed.set)
    scheduler = Scheduler(store, client.start, client.stop)
    consul = Consul(store, config, changed, scheduler.unblock)
    client.scheduler = scheduler
    node.register(store, config, driver, consul.version())
    namespaces.start(store)
    job_routes = JobRoutes(store, Jobs(store, scheduler))
    metrics = Metrics(store, config, driver, consul, job_routes.summary_of)
    watcher = Watcher(store, scheduler, consul.healthy)
    client.restore()
    client.resume_follow_ups()
    scheduler.run()
    for thread in (consul.thread, watcher.thread, metrics.thread):
        thread.start()
    door = Gate(store, config.acl)
    family = Family(
        Routes(store, config, client, metrics),
        job_routes,
        DeploymentRoutes(store, scheduler),
        NodeRoutes(store, scheduler),
        ObjectRoutes(store),
        AclRoutes(door, config.data_dir),
        OperatorRoutes(store, config),
    )
    return build(family, door, config.region)


def serve(config: AgentConfig) -> None:
    (config.data_dir / "server").mkdir(parents=True, exist_ok=True)
    LOG.warning(SIMULATOR)
    app = assemble(config)

    @contextlib.asynccontextmanager
    async def lifespan(_app: t.Any) -> t.AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield

    app.router.lifespan_context = lifespan
    settings = uvicorn.Config(
        Faults(app),
        host=config.bind_addr,
        port=config.http_port,
        log_level=str(config.raw.get("log_level") or "info").lower(),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = TlsServer(settings, server_context(config.tls)) if config.tls else None
    (server or uvicorn.Server(settings)).run()
