# SPDX-License-Identifier: GPL-3.0-or-later
"""The live metrics of a run, and the small server that Prometheus and Consul ask.

The run's id and name are no labels here: Prometheus puts them on every series of the target,
from the metadata of the service.
"""

from __future__ import annotations

import http.server
import json
import socketserver
import threading

import prometheus_client as prometheus
from prometheus_client.exposition import choose_encoder

from trainer.errors import RunError
from trainer.parameters import Parameters
from trainer.training import Epoch

STATES = {"pending": 0, "running": 1, "done": 2, "failed": 3, "stopped": 4}
_INFO = ("batch_size", "hidden_units", "learning_rate", "seed", "validation_split")


class Metrics:
    """One gauge a thing that one wants to see; epoch and step are values and no labels."""

    def __init__(self) -> None:
        self.registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self.registry)
        self._loss = self._gauge("loss", "Mean cross-entropy after the last epoch", "split")
        self._accuracy = self._gauge("accuracy", "Share of right answers, 0 to 1", "split")
        self._step = self._gauge("step", "Steps of the descent done")
        self._epoch = self._gauge("epoch", "Epochs done")
        self._epochs = self._gauge("epochs", "Epochs to do")
        self._speed = self._gauge("samples_per_second", "Samples trained per second of work")
        self._rate = self._gauge("learning_rate", "Learning rate")
        self._state = self._gauge(
            "state", ", ".join(f"{number} {name}" for name, number in STATES.items())
        )
        self._info = self._gauge("run_info", "Always 1; what the run was made of", *_INFO)
        self.set_status("pending")

    def configure(self, parameters: Parameters) -> None:
        self._epochs.set(parameters.epochs)
        self._rate.set(parameters.learning_rate)
        self._info.labels(**{name: str(getattr(parameters, name)) for name in _INFO}).set(1)

    def set_status(self, status: str) -> None:
        self._state.set(STATES[status])
        self.status = status

    def on_step(self, step: int) -> None:
        self._step.set(step)

    def on_epoch(self, epoch: Epoch) -> None:
        self._epoch.set(epoch.number)
        self._speed.set(epoch.samples_per_second)
        for split, score in (("train", epoch.train), ("val", epoch.val)):
            self._loss.labels(split).set(score.loss)
            self._accuracy.labels(split).set(score.accuracy)

    def _gauge(self, name: str, text: str, *labels: str) -> prometheus.Gauge:
        return prometheus.Gauge(f"ml_training_{name}", text, labels, registry=self.registry)


class Server(http.server.ThreadingHTTPServer):
    """Answers /metrics and /healthz from a thread of its own, as long as the process lives."""

    def __init__(self, metrics: Metrics, run_id: str, host: str, port: int) -> None:
        self.metrics = metrics
        self.run_id = run_id
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise RunError(
                f"The metrics cannot be served at {host}:{port} ({error}); end what is there, or "
                "choose another address by MLOPS_METRICS_HOST and MLOPS_METRICS_PORT."
            ) from error

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def server_bind(self) -> None:
        """Not the parent's: that looks up the host's name, for seconds where DNS is out of order."""
        socketserver.TCPServer.server_bind(self)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    timeout = 10  # seconds: a client that says nothing must not keep a thread for ever

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/metrics":
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            self._answer(200, content_type, encode(self.server.metrics.registry))
        elif path == "/healthz":
            health = {
                "status": "ok",
                "run_id": self.server.run_id,
                "state": self.server.metrics.status,
            }
            self._answer(200, "application/json", json.dumps(health).encode())
        else:
            self._answer(404, "text/plain", b"Here are /metrics and /healthz.\n")

    def log_message(self, *_args: object) -> None:
        """Scrapes do not belong in the log of the run."""

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
