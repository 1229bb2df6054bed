# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a run: its last log line, and its record in Consul."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from trainer.kv import Consul, KvError
from trainer.log import Log, now, plain
from trainer.parameters import Resolved
from trainer.training import Epoch

RUNS_PREFIX = "mlops/runs/"


class Record:
    """Grows with the run. Consul being away is a warning and never the end of a run."""

    def __init__(self, run_id: str, run_name: str | None, consul: Consul | None, log: Log) -> None:
        self._consul = consul
        self._log = log
        self._clock = time.monotonic()
        self._values: dict[str, t.Any] = {
            "run_id": run_id,
            "run_name": run_name,
            "status": "pending",
            "started": now(),
            "ended": None,
            "params": None,
            "accuracy": None,
            "loss": None,
            "train_accuracy": None,
            "train_loss": None,
            "epochs": 0,
            "duration_seconds": None,
            "exit_code": None,
            "error": None,
        }

    def begin(self, resolved: Resolved) -> None:
        params = dataclasses.asdict(resolved.parameters)
        self._values.update(run_name=resolved.parameters.run_name, params=params, status="running")
        self._save()

    def on_epoch(self, epoch: Epoch) -> None:
        """The accuracy and the loss of a run are those of the samples that it has not learnt."""
        self._values.update(
            epochs=epoch.number,
            accuracy=epoch.val.accuracy,
            loss=epoch.val.loss,
            train_accuracy=epoch.train.accuracy,
            train_loss=epoch.train.loss,
        )

    def end(self, status: str, exit_code: int, error: str | None) -> None:
        """Save the record, then write the summary: who reads that line finds the record."""
        duration = round(time.monotonic() - self._clock, 3)
        self._values.update(
            status=status, exit_code=exit_code, error=error, ended=now(), duration_seconds=duration
        )
        self._save()
        message = error or f"The run is done, its accuracy is {self._values['accuracy']:.4f}."
        fields = {key: value for key, value in self._values.items() if key != "run_id"}
        write = {"done": self._log.info, "stopped": self._log.warning}.get(status, self._log.error)
        write("summary", message, **fields)

    def _save(self) -> None:
        if self._consul is None:
            return
        try:
            self._consul.write(RUNS_PREFIX + self._values["run_id"], plain(self._values))
        except KvError as error:
            self._log.warning("kv_unavailable", f"The record of the run was not saved: {error}.")
