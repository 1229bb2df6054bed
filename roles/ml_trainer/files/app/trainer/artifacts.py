# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves behind in its directory, and finds there at its next attempt."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

from trainer import arrays, environment, files, places
from trainer.checkpoints import Checkpoints
from trainer.errors import ArtifactsError, BadParametersError, BusyError
from trainer.history import History
from trainer.log import Log, plain
from trainer.parameters import Parameters, Source
from trainer.progress import Epoch, Progress

PARAMETERS = "params.json"
HISTORY = "metrics.jsonl"
ENVIRONMENT = "environment.json"
MODEL = "model.npz"


class Artifacts:
    """Those of one run. Without a path, nothing is kept and nothing is found."""

    def __init__(self, path: Path | None, log: Log) -> None:
        self.path = path
        self._log = log
        self._lock = _take(path) if path else None  # held as long as this object lives
        self._history = History(path / HISTORY) if path else None
        self._checkpoints: Checkpoints | None = None

    @classmethod
    def open(cls, env: Mapping[str, str], run_id: str, log: Log) -> Artifacts:
        """Only a directory that somebody has asked for has to be writable."""
        root = places.root(env)
        if root is None:
            log.info(
                "no_artifacts",
                "No artifacts are written: neither MLOPS_ARTIFACTS_DIR nor NOMAD_ALLOC_DIR is set.",
            )
            return cls(None, log)
        path = places.run_path(root, run_id)
        if path is None:
            raise BadParametersError(
                f"The run's id {run_id!r}, which follows the last / of NOMAD_JOB_ID, cannot name a "
                "directory; allowed are letters, digits, dots, underscores and hyphens."
            )
        try:
            path.mkdir(parents=True, exist_ok=True)
            return cls(path, log)
        except OSError as error:
            if env.get("MLOPS_ARTIFACTS_DIR"):
                raise ArtifactsError(path, error) from error
            log.warning("no_artifacts", f"No artifacts are written: {error}.")
            return cls(None, log)

    def summary(self) -> dict[str, t.Any]:
        """What the attempts before have left; empty at the first."""
        return (places.read_summary(self.path) if self.path else None) or {}

    def put_summary(self, values: Mapping[str, t.Any]) -> None:
        self._put(places.SUMMARY, _json(values))

    def parameters(self) -> Source | None:
        """Those of the attempt before: a run keeps its parameters, whatever becomes of a default."""
        try:
            values = json.loads((self.path / PARAMETERS).read_bytes()) if self.path else None
        except (OSError, ValueError):
            return None
        where = f"the file {self.path}/{PARAMETERS}".replace("{", "{{").replace("}", "}}")
        return Source("earlier attempt", where, values) if isinstance(values, dict) else None

    def begin(self, parameters: Parameters, env: Mapping[str, str]) -> None:
        self._put(PARAMETERS, _json(dataclasses.asdict(parameters)))
        self._put(ENVIRONMENT, _json(environment.describe(env)))

    def resume(self, parameters: Parameters, dataset_sha256: str) -> Progress | None:
        """Where an attempt before this one came to; None where the run starts from nothing."""
        if self.path is None or self._history is None:
            return None
        identity = {"parameters": dataclasses.asdict(parameters), "dataset": dataset_sha256}
        self._checkpoints = Checkpoints(self.path / "checkpoints", identity)
        history = self._history
        with self._writing():
            progress = self._checkpoints.newest(self._log, lambda p: history.cut(p.epoch))
            if progress is None:
                history.empty()
        return progress

    def on_epoch(self, epoch: Epoch) -> None:
        if self._history is not None:
            with self._writing():
                self._history.append(epoch)

    def checkpoint(self, progress: Progress) -> bool:
        """Whether there is a checkpoint now. One that fails costs time later, and not the run."""
        if self._history is None or self._checkpoints is None or progress.last is None:
            return False
        try:
            self._history.sync()
            self._checkpoints.save(progress)
        except OSError as error:
            self._log.warning("checkpoint_failed", f"There is no new checkpoint: {error}.")
            return False
        return True

    def finish(self, progress: Progress) -> None:
        """The model, and with it all that the run has to leave but its summary."""
        self._put(MODEL, arrays.pack(progress.model()[1]))
        if self._history is not None:
            with self._writing():
                self._history.sync()

    def sha256(self) -> dict[str, str]:
        """The digests of what is there."""
        if self.path is None:
            return {}
        paths = [self.path / name for name in (PARAMETERS, HISTORY, ENVIRONMENT, MODEL)]
        return {path.name: files.sha256(path) for path in paths if path.is_file()}

    def _put(self, name: str, data: bytes) -> None:
        if self.path is not None:
            with self._writing():
                files.put(self.path / name, data)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArtifactsError(self.path or Path(), error) from error


def _json(values: Mapping[str, t.Any]) -> bytes:
    return json.dumps(plain(values), indent=2, allow_nan=False).encode() + b"\n"


def _take(path: Path) -> t.IO[bytes]:
    """Two allocations of one run must not write at the same time; a lock ends with its process."""
    lock = (path / ".lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise BusyError(
            f"Another process is at work in {path}; end it, or wait until it has ended."
        ) from error
    return lock
