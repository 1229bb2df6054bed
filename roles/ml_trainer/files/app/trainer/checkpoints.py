# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a run from which it can go on as if nothing had happened.

A checkpoint is one file: the SHA-256 of the rest in a line, a line of JSON, and an .npz with the
weights.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import typing as t
from collections.abc import Callable, Mapping
from pathlib import Path

from trainer import arrays, files
from trainer.log import Log
from trainer.network import Network, Score
from trainer.progress import Best, Epoch, Progress

KEEP = 3
_FORMAT = 1
_NAME = re.compile(r"step-(\d{9})\.ckpt")


class UnusableError(Exception):
    """The file is no checkpoint of this run; C(str) says why."""


class Checkpoints:
    """Those of one run. C(identity) is what a run must have in common with a checkpoint."""

    def __init__(self, directory: Path, identity: Mapping[str, t.Any]) -> None:
        self._directory = directory
        self._identity = json.loads(json.dumps({"format": _FORMAT, **identity}))

    def save(self, progress: Progress) -> None:
        """Raises OSError; what was there before is then as it was."""
        self._directory.mkdir(exist_ok=True)
        name = f"step-{progress.step:09}.ckpt"
        files.put(self._directory / name, encode(progress, self._identity))
        for old in self._stored()[KEEP:]:
            old.unlink(missing_ok=True)

    def newest(self, log: Log, fits: Callable[[Progress], bool]) -> Progress | None:
        """The newest that is whole and fits. Those that are newer are of no use, and removed."""
        for rest in self._directory.glob(".*.tmp"):  # of an attempt that was killed
            rest.unlink(missing_ok=True)
        for path in self._stored():
            try:
                progress = decode(path.read_bytes(), self._identity)
                if fits(progress):
                    return progress
                reason = "metrics.jsonl does not reach that far"
            except (OSError, UnusableError) as error:
                reason = str(error)
            log.warning(
                "checkpoint_unusable",
                f"The checkpoint {path} is passed over and removed: {reason}.",
                path=str(path),
            )
            path.unlink(missing_ok=True)
        return None

    def _stored(self) -> list[Path]:
        """All, the newest first."""
        if not self._directory.is_dir():
            return []
        return sorted(p for p in self._directory.iterdir() if _NAME.fullmatch(p.name))[::-1]


def encode(progress: Progress, identity: Mapping[str, t.Any]) -> bytes:
    last, best = progress.last, progress.best
    head = {
        "identity": identity,
        "step": progress.step,
        "last": dataclasses.asdict(last) if last else None,
        "best": [best.epoch, *best.score] if best else None,
    }
    held = {f"now.{name}": values for name, values in progress.network.weights.items()}
    if best is not None and best.weights is not None:
        held.update({f"best.{name}": values for name, values in best.weights.items()})
    body = json.dumps(head).encode() + b"\n" + arrays.pack(held)
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def decode(data: bytes, identity: Mapping[str, t.Any]) -> Progress:
    """Raises UnusableError."""
    digest, _newline, body = data.partition(b"\n")
    if digest != hashlib.sha256(body).hexdigest().encode():
        raise UnusableError("its checksum is wrong")
    line, _newline, packed = body.partition(b"\n")
    try:
        head = json.loads(line)
        theirs = head["identity"]
        different = sorted(key for key in identity if theirs.get(key) != identity[key])
        if different:
            raise UnusableError(f"it is of another {' and '.join(different)}")
        return _progress(head, arrays.unpack(packed))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnusableError(f"another version of the trainer has written it: {error!r}") from error


def _progress(head: Mapping[str, t.Any], held: Mapping[str, t.Any]) -> Progress:
    best = head["best"]
    return Progress(
        network=Network.of(_named(held, "now.")),
        step=head["step"],
        last=_epoch(head["last"]),
        best=Best(best[0], Score(*best[1:]), _named(held, "best.") or None) if best else None,
    )


def _named(held: Mapping[str, t.Any], prefix: str) -> dict[str, t.Any]:
    return {n.removeprefix(prefix): values for n, values in held.items() if n.startswith(prefix)}


def _epoch(values: dict[str, t.Any] | None) -> Epoch | None:
    if values is None:
        return None
    return Epoch(**{**values, "train": Score(*values["train"]), "val": Score(*values["val"])})
