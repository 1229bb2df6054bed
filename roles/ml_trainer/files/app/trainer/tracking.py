# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells an MLflow server of the run, by MLflow's REST API and the standard library alone.

A thread of its own does it, so that a slow server slows no training; what goes wrong first is a
warning, and the end of it.
"""

from __future__ import annotations

import base64
import collections
import dataclasses
import http.client
import json
import math
import ssl
import threading
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping

from trainer.log import Log
from trainer.parameters import Parameters
from trainer.progress import Epoch

TIME_LIMIT = 3.0  # seconds that a request may take, and that the end of a run waits for the last
_PAUSE = 1.0  # seconds between two requests with metrics
_BATCH = 1000  # metrics that MLflow takes in one request
_STATUS = {"done": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}
_API = "/api/2.0/mlflow/"


class TrackingError(Exception):
    """The server could not be used; C(str) is the reason."""


class Server:
    """An MLflow server at an address, as MLflow's own variables describe it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        parts = urllib.parse.urlsplit(env["MLFLOW_TRACKING_URI"])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TrackingError("MLFLOW_TRACKING_URI has to begin with http:// or https://")
        place = parts.netloc.rpartition("@")[2]
        self._url = f"{parts.scheme}://{place}{parts.path.rstrip('/')}"
        self._headers = {"Content-Type": "application/json", **_authorization(env, parts)}
        try:
            tls = ssl.create_default_context(cafile=env.get("MLFLOW_TRACKING_SERVER_CERT_PATH"))
        except OSError as error:
            raise TrackingError(f"MLFLOW_TRACKING_SERVER_CERT_PATH: {error}") from error
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=tls))

    def post(self, endpoint: str, body: Mapping[str, object]) -> dict[str, t.Any]:
        return self._ask(endpoint, json.dumps(body).encode()) or {}

    def find(self, endpoint: str, **query: str) -> dict[str, t.Any] | None:
        return self._ask(f"{endpoint}?{urllib.parse.urlencode(query)}", None)

    def _ask(self, path: str, body: bytes | None) -> dict[str, t.Any] | None:
        url = f"{self._url}{_API}{path}"
        request = urllib.request.Request(url, body, self._headers)
        try:
            with self._opener.open(request, timeout=TIME_LIMIT) as response:
                answer = json.loads(response.read())
        except urllib.error.HTTPError as error:
            if error.code == 404 and body is None:
                return None
            raise TrackingError(f"{url} was answered with {error.code}") from error
        except urllib.error.URLError as error:
            raise TrackingError(f"{url} failed: {error.reason}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TrackingError(f"{url} failed: {error!r}") from error
        if not isinstance(answer, dict):
            raise TrackingError(f"{url} answered something unexpected")
        return answer


class Tracking:
    """One run. What the training says is only noted; the thread passes it on."""

    def __init__(self, env: Mapping[str, str], run_id: str, log: Log) -> None:
        self._env = env
        self._run_id = run_id
        self._log = log
        self._metrics: collections.deque[dict[str, object]] = collections.deque()
        self._over = threading.Event()
        self._status = ""
        self._theirs = ""  # what MLflow calls the run
        self._thread: threading.Thread | None = None
        self._warned = False

    def begin(self, parameters: Parameters, attempts: int) -> None:
        self._thread = threading.Thread(
            target=self._work, args=(parameters, attempts > 1), daemon=True
        )
        self._thread.start()

    def on_epoch(self, epoch: Epoch) -> None:
        if self._thread is None or not self._thread.is_alive():
            return
        scores = {**epoch.scores(), "samples_per_second": epoch.samples_per_second}
        del scores["epoch"], scores["step"]
        self._metrics.extend(
            {"key": key, "value": value, "timestamp": _now(), "step": epoch.number}
            for key, value in scores.items()
            if math.isfinite(value)
        )

    def end(self, status: str) -> None:
        """Wait for what is left, but not for long."""
        if self._thread is None:
            return
        self._status = _STATUS[status]
        self._over.set()
        self._thread.join(TIME_LIMIT)
        if self._thread.is_alive():
            self._warn(f"it did not take the rest within {TIME_LIMIT:g} s")

    def _work(self, parameters: Parameters, resumed: bool) -> None:
        try:
            server = Server(self._env)
            self._begin(server, parameters, resumed)
            while not self._over.wait(_PAUSE):
                self._flush(server)
            self._flush(server)
            self._post(server, "runs/update", {"status": self._status, "end_time": _now()})
        except TrackingError as error:
            self._warn(str(error))
        except (KeyError, TypeError, IndexError) as error:
            self._warn(f"it answered something unexpected: {error!r}")

    def _flush(self, server: Server) -> None:
        while self._metrics:
            count = min(len(self._metrics), _BATCH)
            batch = [self._metrics.popleft() for _turn in range(count)]
            self._post(server, "runs/log-batch", {"metrics": batch})

    def _post(self, server: Server, endpoint: str, body: Mapping[str, object]) -> None:
        server.post(endpoint, {"run_id": self._theirs, **body})

    def _begin(self, server: Server, parameters: Parameters, resumed: bool) -> None:
        experiment = self._experiment(server)
        if resumed and (theirs := self._search(server, experiment)):
            self._theirs = theirs
            self._post(server, "runs/update", {"status": "RUNNING"})
            return
        tags = {"run_id": self._run_id, "run_name": parameters.run_name}
        body = {
            "experiment_id": experiment,
            "run_name": parameters.run_name,
            "start_time": _now(),
            "tags": _pairs(tags),
        }
        self._theirs = server.post("runs/create", body)["run"]["info"]["run_id"]
        params = dataclasses.asdict(parameters)
        self._post(server, "runs/log-batch", {"params": _pairs(params)})

    def _experiment(self, server: Server) -> str:
        name = self._env.get("MLFLOW_EXPERIMENT_NAME") or "ml-training"
        found = server.find("experiments/get-by-name", experiment_name=name)
        if found is not None:
            return str(found["experiment"]["experiment_id"])
        return str(server.post("experiments/create", {"name": name})["experiment_id"])

    def _search(self, server: Server, experiment: str) -> str | None:
        """The run that an attempt before this one has begun."""
        body = {
            "experiment_ids": [experiment],
            "filter": f"tags.run_id = '{self._run_id}'",
            "max_results": 1,
        }
        runs = server.post("runs/search", body).get("runs") or []
        return str(runs[0]["info"]["run_id"]) if runs else None

    def _warn(self, reason: str) -> None:
        if self._warned:
            return
        self._warned = True
        self._log.warning("mlflow_unavailable", f"MLflow is not told of the run: {reason}.")


def _authorization(env: Mapping[str, str], parts: urllib.parse.SplitResult) -> dict[str, str]:
    if env.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {env['MLFLOW_TRACKING_TOKEN']}"}
    user = env.get("MLFLOW_TRACKING_USERNAME") or urllib.parse.unquote(parts.username or "")
    password = env.get("MLFLOW_TRACKING_PASSWORD") or urllib.parse.unquote(parts.password or "")
    if not user:
        return {}
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _pairs(values: Mapping[str, object]) -> list[dict[str, str]]:
    return [{"key": key, "value": str(value)} for key, value in values.items()]


def _now() -> int:
    return int(time.time() * 1000)
