# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves the last good model of the runs: /predict, /healthz and /metrics."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import prometheus_client as prometheus

from trainer import places, web
from trainer.errors import BadParametersError, RunError
from trainer.instances import MOST_BYTES, BadRequestError, pixels
from trainer.log import Log
from trainer.models import LATEST, Model, Store
from trainer.stop import Stop

_PATIENCE = 5.0  # seconds that the end waits for requests that are under way


class Metrics:
    """What Prometheus is told of the serving."""

    def __init__(self) -> None:
        self.registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self.registry)
        self.requests = prometheus.Counter(
            "ml_serving_requests", "Requests for predictions", ["code"], registry=self.registry
        )
        self.seconds = prometheus.Histogram(
            "ml_serving_request_seconds", "Time to answer a request", registry=self.registry
        )
        self.predictions = prometheus.Counter(
            "ml_serving_predictions", "Images predicted", registry=self.registry
        )
        self.loaded = prometheus.Gauge(
            "ml_serving_model_loaded_timestamp_seconds",
            "When the model was loaded; 0 while there is none",
            registry=self.registry,
        )
        self._info = prometheus.Gauge(
            "ml_serving_model_info",
            "Always 1; the model that is served",
            ["model_run_id", "sha256"],
            registry=self.registry,
        )

    def on_model(self, model: Model) -> None:
        self._info.clear()
        self._info.labels(model.run_id, model.sha256).set(1)
        self.loaded.set_to_current_time()


class Server(web.Server):
    """The model can change at any time: a request takes it once, and uses that one to its end."""

    def __init__(self, place: web.Place) -> None:
        self.metrics = Metrics()
        self.model: Model | None = None
        self._busy = 0
        self._idle = threading.Condition()
        super().__init__(place, _Handler)

    def use(self, model: Model) -> None:
        self.model = model
        self.metrics.on_model(model)

    def end(self) -> None:
        """Take no more requests, and finish those that are under way."""
        self.shutdown()
        self.server_close()
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, _PATIENCE)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()


class _Handler(web.Handler):
    server: Server

    def get(self, path: str) -> None:
        model = self.server.model
        if path == "/metrics":
            self.answer_metrics(self.server.metrics.registry)
        elif path == "/healthz" and model is not None:
            self.answer_json(200, {"status": "ok", "model": model.described()})
        elif path == "/healthz":
            self.answer_json(503, {"status": "waiting", "error": _NO_MODEL})
        elif path == "/predict":
            self.answer_json(405, {"error": "Predictions are asked for with a POST."})
        else:
            self.answer_json(404, {"error": "Here are /predict, /healthz and /metrics."})

    def post(self, path: str) -> None:
        if path != "/predict":
            self.get(path if path != "/healthz" else "/")
            return
        started = time.monotonic()
        with self.server.working():
            code, value = self._predict()
            self.server.metrics.requests.labels(str(code)).inc()
            self.server.metrics.seconds.observe(time.monotonic() - started)
            self.answer_json(code, value)

    def _predict(self) -> tuple[int, dict[str, object]]:
        model = self.server.model
        if model is None:
            return 503, {"error": _NO_MODEL}
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return 411, {"error": "The request has to have a Content-Length."}
        if len(length) > 9 or int(length) > MOST_BYTES:
            self._drop(int(length[:9]))
            return 413, {"error": f"The body may have {MOST_BYTES} bytes, and no more."}
        try:
            images = pixels(self.rfile.read(int(length)))
        except BadRequestError as error:
            return 400, {"error": str(error)}
        except TimeoutError:
            return 408, {"error": "The body did not come in time."}
        self.server.metrics.predictions.inc(len(images))
        digits = model.network.predict(images).tolist()
        return 200, {"predictions": digits, "model": model.described()}

    def _drop(self, length: int) -> None:
        """Who is still sending does not read an answer; but there is an end to listening."""
        left = min(length, 8 * MOST_BYTES)
        with contextlib.suppress(OSError):
            while left > 0 and (got := self.rfile.read1(min(left, 65536))):
                left -= len(got)


_NO_MODEL = "There is no model yet: no run in MLOPS_ARTIFACTS_DIR is done."


def serve(env: Mapping[str, str], log: Log, stop: Stop) -> int:
    """Serve until a stop is asked for; the exit code."""
    try:
        store = Store(_artifacts(env), log)
        place = web.Place.from_environment(env, "SERVING", 9106)
        pause = _pause(env)
        wanted = env.get("MLOPS_MODEL") or LATEST
        fixed = store.get(wanted) if wanted != LATEST else None
        server = Server(place)
    except RunError as error:
        log.error("refused", str(error))
        return error.exit_code
    server.start()
    log.info("serving", f"Predictions are at {server.url}.", port=server.port)
    while True:
        _choose(server, fixed or store.latest(server.model), log)
        if stop.wait(pause):
            break
    server.end()
    log.info("ended", "The serving has ended, as it was asked to.")
    return 0


def _choose(server: Server, model: Model | None, log: Log) -> None:
    if model is None or model is server.model:
        return
    server.use(model)
    log.info("model", f"The model of run {model.run_id} is served.", model=model.described())


def _artifacts(env: Mapping[str, str]) -> Path:
    path = places.root(env)
    if path is None:
        raise BadParametersError(
            "There is nothing to serve from: MLOPS_ARTIFACTS_DIR has to be the directory that the "
            "runs have written to."
        )
    return path


def _pause(env: Mapping[str, str]) -> float:
    text = env.get("MLOPS_MODEL_POLL_SECONDS") or "5"
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise BadParametersError(
            f"MLOPS_MODEL_POLL_SECONDS = {text!r} from the environment is refused; allowed is a "
            "number from 0.1 to 3600."
        )
    return seconds
