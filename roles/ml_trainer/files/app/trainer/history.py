# SPDX-License-Identifier: GPL-3.0-or-later
"""The scores of each epoch, a line of JSON each: the first line is that of epoch 0."""

from __future__ import annotations

import json
import os
from pathlib import Path

from trainer import files
from trainer.log import plain
from trainer.progress import Epoch


class History:
    """Raises OSError where its file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, epoch: Epoch) -> None:
        line = json.dumps(plain(epoch.scores()), allow_nan=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def sync(self) -> None:
        """A checkpoint must never be on the disk before the lines that it relies on."""
        with self._path.open("rb") as file:
            os.fsync(file.fileno())

    def cut(self, epoch: int) -> bool:
        """Drop what comes after the line of this epoch; False where it is not all there up to it."""
        lines = self._path.read_bytes().splitlines(keepends=True) if self._path.exists() else []
        kept = lines[: epoch + 1]
        if len(kept) <= epoch or not all(_is(line, number) for number, line in enumerate(kept)):
            return False
        files.put(self._path, b"".join(kept))
        return True

    def empty(self) -> None:
        files.put(self._path, b"")


def _is(line: bytes, epoch: int) -> bool:
    try:
        return line.endswith(b"\n") and json.loads(line)["epoch"] == epoch
    except (ValueError, TypeError, KeyError):
        return False
