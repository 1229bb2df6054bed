# SPDX-License-Identifier: GPL-3.0-or-later
"""The live metrics of a run, and the small server that Prometheus and Consul ask.

The run's id and name are no labels here: Prometheus puts them on every series of the target,
from the metadata of the service.
"""

from __future__ import annotations

import prometheus_client as prometheus

from trainer import web
from trainer.parameters import Parameters
from trainer.progress import Epoch

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
        self._checkpoint: prometheus.Gauge | None = None
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

    def on_checkpoint(self) -> None:
        """The gauge is there with the first checkpoint: a zero would be one of long ago."""
        if self._checkpoint is None:
            self._checkpoint = self._gauge(
                "checkpoint_timestamp_seconds", "When the last checkpoint was written"
            )
        self._checkpoint.set_to_current_time()

    def _gauge(self, name: str, text: str, *labels: str) -> prometheus.Gauge:
        return prometheus.Gauge(f"ml_training_{name}", text, labels, registry=self.registry)


class Server(web.Server):
    """Answers /metrics and /healthz from a thread of its own, as long as the process lives."""

    def __init__(self, metrics: Metrics, run_id: str, place: web.Place) -> None:
        self.metrics = metrics
        self.run_id = run_id
        super().__init__(place, _Handler)


class _Handler(web.Handler):
    server: Server

    def get(self, path: str) -> None:
        if path == "/metrics":
            self.answer_metrics(self.server.metrics.registry)
        elif path == "/healthz":
            metrics = self.server.metrics
            self.answer_json(
                200, {"status": "ok", "run_id": self.server.run_id, "state": metrics.status}
            )
        else:
            self.answer(404, "text/plain", b"Here are /metrics and /healthz.\n")
