# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a run: its parameters, its training, its end."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Mapping

from trainer import digits, web
from trainer.artifacts import Artifacts
from trainer.errors import BadParametersError, BusyError, RunError, StoppedError
from trainer.kv import Consul
from trainer.log import Log
from trainer.metrics import Metrics, Server
from trainer.parameters import Parameters, Resolved, resolve
from trainer.progress import Epoch, Progress
from trainer.record import Record
from trainer.sources import read_sources
from trainer.stop import Stop
from trainer.tracking import Tracking
from trainer.training import begin, train

# Storage that hosts share keeps the lock of a host that is lost for a while, NFS for 90 seconds.
PATIENCE = 120.0


class Run:
    """One attempt at a run. It is told of its own progress and passes that on."""

    def __init__(
        self, run_id: str, env: Mapping[str, str], consul: Consul | None, log: Log, stop: Stop
    ) -> None:
        self._run_id = run_id
        self._env = env
        self._consul = consul
        self._log = log
        self._stop = stop
        self._metrics = Metrics()
        # Should its parameters be refused, the run is still to be found by its name.
        self._record = Record(run_id, env.get("NOMAD_META_run_name") or None, consul, log)
        self._artifacts = Artifacts(None, log)
        self._tracking = Tracking(env, run_id, log) if env.get("MLFLOW_TRACKING_URI") else None
        self._progress: Progress | None = None
        self._checkpoint_steps = 0
        self._linger = 0.0

    def live(self) -> int:
        """However the run ends, it leaves a record, a summary and an exit code."""
        try:
            self._open()
            parameters = self._configure()
            self._stop.check()
            self._serve(parameters)
            self._train(parameters)
        except BusyError as error:  # the record is the other process's
            self._log.error("busy", str(error))
            print(error, file=sys.stderr, flush=True)
            return error.exit_code
        except RunError as error:
            return self._end(error.status, error.exit_code, str(error))
        except Exception as error:  # a crash is an end too, and must be seen as one
            traceback.print_exc()
            return self._end("failed", 1, f"The run crashed: {error!r}.")
        return self._end("done", 0, None)

    def on_step(self, step: int) -> None:
        self._metrics.on_step(step)
        if self._checkpoint_steps and step % self._checkpoint_steps == 0:
            self._checkpoint()

    def on_epoch(self, epoch: Epoch) -> None:
        self._show(epoch)
        self._artifacts.on_epoch(epoch)
        if self._tracking:
            self._tracking.on_epoch(epoch)
        self._log.info(
            "epoch",
            f"Epoch {epoch.number}: loss {epoch.val.loss:.4f}, accuracy {epoch.val.accuracy:.4f}.",
            **epoch.scores(),
            samples_per_second=round(epoch.samples_per_second, 1),
        )

    def _open(self) -> None:
        self._artifacts = self._take_over()
        self._record.keep_in(self._artifacts)

    def _take_over(self) -> Artifacts:
        """Nomad starts a run that is going on anew only where it has lost the host of the other."""
        deadline = time.monotonic() + (PATIENCE if self._env.get("NOMAD_ALLOC_ID") else 0.0)
        told = False
        while True:
            try:
                return Artifacts.open(self._env, self._run_id, self._log)
            except BusyError as error:
                if time.monotonic() >= deadline or self._stop.wait(1.0):
                    raise
                if not told:
                    self._log.warning("waiting", f"{error} It may be lost with its host.")
                told = True

    def _configure(self) -> Parameters:
        resolved = self._resolved_before() or resolve(
            read_sources(self._env, self._consul, self._log)
        )
        self._log.info(
            "config",
            "These are the parameters of the run.",
            parameters=resolved.described(),
            attempt=self._record.values["attempts"],
            artifacts=str(self._artifacts.path) if self._artifacts.path else None,
        )
        self._artifacts.begin(resolved.parameters, self._env)
        self._record.begin(resolved)
        if self._tracking:
            self._tracking.begin(resolved.parameters, self._record.values["attempts"])
        return resolved.parameters

    def _resolved_before(self) -> Resolved | None:
        source = self._artifacts.parameters()
        if source is None:
            return None
        try:
            return resolve([source])
        except BadParametersError as error:  # written by another version of the trainer
            self._log.warning("parameters_unusable", f"They are looked for anew: {error}")
            return None

    def _serve(self, parameters: Parameters) -> None:
        self._metrics.configure(parameters)
        place = web.Place.from_environment(self._env, "METRICS", 9105)
        server = Server(self._metrics, self._run_id, place)
        server.start()
        self._linger = parameters.linger_seconds  # from now on there is something to see
        self._log.info("serving", f"The metrics are at {server.url}.", port=server.port)

    def _train(self, parameters: Parameters) -> None:
        samples = digits.load()
        dataset_sha256 = digits.sha256()
        self._record.note(dataset_sha256=dataset_sha256)
        parts = digits.split(samples, parameters.validation_split, parameters.seed)
        self._progress = self._resume(parameters, dataset_sha256) or begin(parameters)
        self._checkpoint_steps = parameters.checkpoint_steps
        self._metrics.set_status("running")
        try:
            train(self._progress, parameters, *parts, watcher=self, stop=self._stop)
        except StoppedError:
            self._checkpoint()
            raise
        self._finish(self._progress, parameters)

    def _resume(self, parameters: Parameters, dataset_sha256: str) -> Progress | None:
        progress = self._artifacts.resume(parameters, dataset_sha256)
        if progress is not None and progress.last is not None:
            self._progress = progress
            self._show(progress.last)
            self._metrics.on_step(progress.step)
            self._record.note(resumed_from_step=progress.step)
            self._log.info(
                "resumed",
                f"The run goes on after step {progress.step}, {progress.last.number} epochs are "
                "complete.",
                step=progress.step,
                epoch=progress.last.number,
            )
        return progress

    def _show(self, epoch: Epoch) -> None:
        self._metrics.on_epoch(epoch)
        self._record.on_epoch(epoch, self._progress.best if self._progress else None)

    def _checkpoint(self) -> None:
        if self._progress is not None and self._artifacts.checkpoint(self._progress):
            self._metrics.on_checkpoint()

    def _finish(self, progress: Progress, parameters: Parameters) -> None:
        self._record.note(
            stopped_early=progress.stops_early(parameters), model_epoch=progress.model()[0]
        )
        self._artifacts.finish(progress)

    def _end(self, status: str, exit_code: int, error: str | None) -> int:
        self._metrics.set_status(status)  # at once: the record can take seconds
        status, exit_code, error = self._record.end(status, exit_code, error)
        self._metrics.set_status(status)
        if self._tracking:
            self._tracking.end(status)
        if error:
            print(error, file=sys.stderr, flush=True)
        self._stop.wait(self._linger)  # nothing at all once a stop was asked for
        return exit_code
