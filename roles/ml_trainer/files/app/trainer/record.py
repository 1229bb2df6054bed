# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a run: its last log line, its summary.json, and its record in Consul."""

from __future__ import annotations

import dataclasses
import datetime
import time
import typing as t
from collections.abc import Mapping

from trainer.artifacts import MODEL, Artifacts
from trainer.errors import ArtifactsError
from trainer.kv import Consul, KvError
from trainer.log import Log, now, plain
from trainer.parameters import Resolved
from trainer.progress import Best, Epoch

RUNS_PREFIX = "mlops/runs/"


class Record:
    """Grows with the run. Consul being away is a warning and never the end of a run."""

    def __init__(self, run_id: str, run_name: str | None, consul: Consul | None, log: Log) -> None:
        self._consul = consul
        self._log = log
        self._artifacts = Artifacts(None, log)
        self._clock = time.monotonic()
        self._values: dict[str, t.Any] = {
            "run_id": run_id,
            "run_name": run_name,
            "status": "pending",
            "started": now(),
            "ended": None,
            "attempts": 1,
            "resumed_from_step": None,
            "params": None,
            "seed": None,
            "accuracy": None,
            "loss": None,
            "train_accuracy": None,
            "train_loss": None,
            "epochs": 0,
            "best_epoch": None,
            "best_loss": None,
            "best_accuracy": None,
            "stopped_early": False,
            "model_epoch": None,
            "model_sha256": None,
            "dataset_sha256": None,
            "artifacts": None,
            "artifacts_sha256": {},
            "duration_seconds": None,
            "exit_code": None,
            "error": None,
        }

    @property
    def values(self) -> Mapping[str, t.Any]:
        return self._values

    def keep_in(self, artifacts: Artifacts) -> None:
        """From now on, the record is in the run's directory as well, after those before it."""
        before = artifacts.summary()
        if isinstance(before.get("attempts"), int):
            self._values.update(attempts=before["attempts"] + 1, started=before["started"])
            self._clock -= _seconds_since(before["started"])
        self._artifacts = artifacts
        self._values["artifacts"] = str(artifacts.path) if artifacts.path else None
        artifacts.put_summary(self._values)

    def begin(self, resolved: Resolved) -> None:
        parameters = resolved.parameters
        self._values.update(
            run_name=parameters.run_name,
            params=dataclasses.asdict(parameters),
            seed=parameters.seed,
            status="running",
        )
        self._artifacts.put_summary(self._values)
        self._save()

    def note(self, **values: object) -> None:
        self._values.update(values)

    def on_epoch(self, epoch: Epoch, best: Best | None) -> None:
        """The accuracy and the loss of a run are those of the samples that it has not learnt."""
        self._values.update(
            epochs=epoch.number,
            accuracy=epoch.val.accuracy,
            loss=epoch.val.loss,
            train_accuracy=epoch.train.accuracy,
            train_loss=epoch.train.loss,
        )
        if best is not None:
            self._values.update(
                best_epoch=best.epoch,
                best_loss=best.score.loss,
                best_accuracy=best.score.accuracy,
            )

    def end(self, status: str, exit_code: int, error: str | None) -> tuple[str, int, str | None]:
        """Save the record, then write the summary: who reads that line finds the record.

        Returns how the run has really ended: one whose summary cannot be kept is not done.
        """
        duration = round(time.monotonic() - self._clock, 3)
        self._values.update(
            status=status, exit_code=exit_code, error=error, ended=now(), duration_seconds=duration
        )
        try:
            digests = self._artifacts.sha256()
            self._values.update(artifacts_sha256=digests, model_sha256=digests.get(MODEL))
            self._artifacts.put_summary(self._values)
        except (ArtifactsError, OSError) as problem:
            self._log.error("artifacts_failed", str(problem))
            if exit_code == 0:
                self._values.update(status="failed", exit_code=1, error=str(problem))
        self._save()
        self._summarize()
        return self._values["status"], self._values["exit_code"], self._values["error"]

    def _summarize(self) -> None:
        done = f"The run is done, its accuracy is {self._values['accuracy'] or 0:.4f}."
        message = self._values["error"] or done
        fields = {key: value for key, value in self._values.items() if key != "run_id"}
        write = {"done": self._log.info, "stopped": self._log.warning}
        write.get(self._values["status"], self._log.error)("summary", message, **fields)

    def _save(self) -> None:
        if self._consul is None:
            return
        try:
            self._consul.write(RUNS_PREFIX + self._values["run_id"], plain(self._values))
        except KvError as error:
            self._log.warning("kv_unavailable", f"The record of the run was not saved: {error}.")


def _seconds_since(moment: str) -> float:
    passed = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(moment)
    return max(0.0, passed.total_seconds())
