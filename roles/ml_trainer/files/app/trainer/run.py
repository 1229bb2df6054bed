# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a run: its parameters, its training, its end."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Mapping

from trainer import digits
from trainer.errors import BadParametersError, RunError
from trainer.kv import Consul
from trainer.log import Log
from trainer.metrics import Metrics, Server
from trainer.parameters import Parameters, resolve
from trainer.record import Record
from trainer.sources import read_sources
from trainer.stop import Stop
from trainer.training import Epoch, train


class Run:
    """One run. It is told of its own progress and passes that on."""

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
        self._linger = 0.0

    def live(self) -> int:
        """However the run ends, it leaves a record, a summary and an exit code."""
        try:
            parameters = self._configure()
            self._serve(parameters)
            self._train(parameters)
        except RunError as error:
            return self._end(error.status, error.exit_code, str(error))
        except Exception as error:  # a crash is an end too, and must be seen as one
            traceback.print_exc()
            return self._end("failed", 1, f"The run crashed: {error!r}.")
        return self._end("done", 0, None)

    def on_step(self, step: int) -> None:
        self._metrics.on_step(step)

    def on_epoch(self, epoch: Epoch) -> None:
        self._metrics.on_epoch(epoch)
        self._record.on_epoch(epoch)
        self._log.info(
            "epoch",
            f"Epoch {epoch.number}: loss {epoch.val.loss:.4f}, accuracy {epoch.val.accuracy:.4f}.",
            epoch=epoch.number,
            step=epoch.step,
            train_loss=epoch.train.loss,
            train_accuracy=epoch.train.accuracy,
            loss=epoch.val.loss,
            accuracy=epoch.val.accuracy,
            samples_per_second=round(epoch.samples_per_second, 1),
        )

    def _configure(self) -> Parameters:
        resolved = resolve(read_sources(self._env, self._consul, self._log))
        self._log.info(
            "config", "These are the parameters of the run.", parameters=resolved.described()
        )
        self._record.begin(resolved)
        return resolved.parameters

    def _serve(self, parameters: Parameters) -> None:
        self._metrics.configure(parameters)
        host = self._env.get("MLOPS_METRICS_HOST") or "127.0.0.1"
        server = Server(self._metrics, self._run_id, host, _port(self._env))
        server.start()
        self._linger = parameters.linger_seconds  # from now on there is something to see
        self._log.info("serving", f"The metrics are at {host}:{server.port}.", port=server.port)

    def _train(self, parameters: Parameters) -> None:
        samples = digits.load()
        train_samples, val_samples = digits.split(
            samples, parameters.validation_split, parameters.seed
        )
        self._metrics.set_status("running")
        train(parameters, train_samples, val_samples, watcher=self, stop=self._stop)

    def _end(self, status: str, exit_code: int, error: str | None) -> int:
        self._metrics.set_status(status)
        self._record.end(status, exit_code, error)
        if error:
            print(error, file=sys.stderr, flush=True)
        self._stop.wait(self._linger)  # nothing at all once a stop was asked for
        return exit_code


def _port(env: Mapping[str, str]) -> int:
    text = env.get("MLOPS_METRICS_PORT") or "9105"
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise BadParametersError(
            f"MLOPS_METRICS_PORT = {text!r} from the environment is refused; allowed is a whole "
            "number from 0 to 65535."
        )
    return int(text)
