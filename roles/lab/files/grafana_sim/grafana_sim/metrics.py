# SPDX-License-Identifier: GPL-3.0-or-later
"""What Prometheus scrapes: Grafana's names for what is measured, and one that says what this is."""

from __future__ import annotations

import time

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import NAME, VERSION


class Metrics:
    def __init__(self) -> None:
        disable_created_metrics()
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        labels = ["branch", "edition", "goversion", "revision", "version"]
        build = Gauge("grafana_build_info", "Build information", labels, registry=self.registry)
        build.labels("", "oss", "", NAME, VERSION).set(1)
        simulator = Gauge(
            "mlops_lab_simulator_info", "1 on a simulator", ["simulates"], registry=self.registry
        )
        simulator.labels(f"grafana/grafana:{VERSION}").set(1)
        self.requests = Histogram(
            "grafana_http_request_duration_seconds",
            "Histogram of latencies for HTTP requests.",
            ["handler", "method", "status_code"],
            registry=self.registry,
        )
        self.totals = {
            kind: Gauge(f"grafana_stat_totals_{kind}", f"Number of {kind}s", registry=self.registry)
            for kind in ("dashboard", "folder")
        }

    def text(self, counts: dict[str, int]) -> bytes:
        for kind, number in counts.items():
            self.totals[kind].set(number)
        return generate_latest(self.registry)


class MetricsMiddleware:
    """Times each request under its route; what has no route counts as one handler."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), "500"

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            handler = scope.get("lab_handler", "notfound")
            labelled = self._metrics.requests.labels(handler, scope["method"], status)
            labelled.observe(time.monotonic() - began)
