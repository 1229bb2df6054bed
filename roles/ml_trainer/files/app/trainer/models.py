# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that runs have left behind, and which of them is to be served."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t
from pathlib import Path

from trainer import arrays, places
from trainer.artifacts import MODEL
from trainer.digits import CLASSES, PIXELS
from trainer.errors import DataError
from trainer.log import Log
from trainer.network import Network

LATEST = "latest"


@dataclasses.dataclass(frozen=True)
class Model:
    """A network that has learnt, and what it is known by."""

    run_id: str
    sha256: str
    network: Network

    def described(self) -> dict[str, object]:
        return {"run_id": self.run_id, "sha256": self.sha256}


class Store:
    """The runs in a directory for artifacts. Only what has changed is read again."""

    def __init__(self, artifacts: Path, log: Log) -> None:
        self._runs = artifacts / "runs"
        self._log = log
        self._known: dict[Path, tuple[int, dict[str, t.Any] | None]] = {}
        self._refused: dict[Path, int] = {}

    def get(self, run_id: str) -> Model:
        """The model of this run. Raises DataError."""
        path = places.run_path(self._runs.parent, run_id)
        summary = places.read_summary(path) if path else None
        if path is None or summary is None or summary.get("status") != "done":
            raise DataError(
                f"There is no run {run_id} that is done in {self._runs}; MLOPS_MODEL has to be the "
                f"id of one, or {LATEST}."
            )
        return load(path, summary)

    def latest(self, current: Model | None) -> Model | None:
        """The newest that is whole; the current one itself if it is that, None if there is none."""
        for path, summary in self._done():
            if current and (path.name, summary.get("model_sha256")) == _key(current):
                return current
            changed = self._known[path][0]
            if self._refused.get(path) == changed:
                continue
            try:
                return load(path, summary)
            except DataError as error:
                self._refused[path] = changed
                self._log.warning("model_unusable", f"{error} An older one is looked for.")
        return current

    def _done(self) -> list[tuple[Path, dict[str, t.Any]]]:
        """The runs that are done, the last to end first."""
        try:
            paths = list(self._runs.iterdir())
        except OSError:  # not there yet, or just now out of reach
            paths = []
        self._known = {path: self._look(path) for path in paths}
        done = [
            (path, summary)
            for path, (_changed, summary) in self._known.items()
            if summary is not None and summary.get("status") == "done"
        ]
        return sorted(
            done, key=lambda run: (str(run[1].get("ended") or ""), run[0].name), reverse=True
        )

    def _look(self, path: Path) -> tuple[int, dict[str, t.Any] | None]:
        try:
            changed = (path / places.SUMMARY).stat().st_mtime_ns
        except OSError:
            return 0, None
        known = self._known.get(path)
        if known is not None and known[0] == changed:
            return known
        return changed, places.read_summary(path)


def load(run: Path, summary: dict[str, t.Any]) -> Model:
    """Raises DataError for a model that is not the one that the summary speaks of."""
    path = run / MODEL
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"The model {path} cannot be read: {error}.") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != summary.get("model_sha256"):
        raise DataError(f"The model {path} is damaged: its SHA-256 is not the one in its summary.")
    try:
        weights = arrays.unpack(data)
        shapes = {name: values.shape for name, values in weights.items()}
        hidden = shapes["hidden_bias"][0]
    except (ValueError, KeyError, IndexError) as error:
        raise DataError(f"The model {path} is none of ours: {error}.") from error
    if shapes != {
        "hidden": (PIXELS, hidden),
        "hidden_bias": (hidden,),
        "output": (hidden, CLASSES),
        "output_bias": (CLASSES,),
    }:
        raise DataError(f"The model {path} is none of ours: its arrays have other shapes.")
    return Model(run.name, digest, Network.of(weights))


def _key(model: Model) -> tuple[str, str]:
    return model.run_id, model.sha256
