# SPDX-License-Identifier: GPL-3.0-or-later
"""The data: the 1797 handwritten digits of 8 x 8 pixels that come with scikit-learn."""

from __future__ import annotations

import dataclasses
import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from trainer import files
from trainer.errors import DataError

PIXELS = 64
CLASSES = 10
BRIGHTEST = 16.0


@dataclasses.dataclass(frozen=True)
class Samples:
    """Pixels from 0 to 1, a row a sample, and the digit that each row shows."""

    pixels: np.ndarray
    digits: np.ndarray

    def __len__(self) -> int:
        return len(self.digits)

    def take(self, rows: np.ndarray) -> Samples:
        return Samples(self.pixels[rows], self.digits[rows])


def load() -> Samples:
    """Read the file itself: sklearn.datasets takes a second to import, the file 10 ms to read."""
    path = data_file()
    try:
        with gzip.open(path) as file:
            table = np.loadtxt(file, delimiter=",", dtype=np.int64, ndmin=2)
    except (OSError, EOFError, ValueError) as error:
        raise _unreadable(path, error) from error
    return _checked(table, path)


def sha256() -> str:
    """The digest of the data set's file."""
    path = data_file()
    try:
        return files.sha256(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def split(samples: Samples, share: float, seed: int) -> tuple[Samples, Samples]:
    """Training and validation samples, drawn by the seed."""
    rows = np.random.default_rng(seed).permutation(len(samples))
    count = round(len(samples) * share)
    return samples.take(rows[count:]), samples.take(rows[:count])


def data_file() -> Path:
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise DataError("The data set is missing: scikit-learn, which brings it, is not installed.")
    return Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"The data set {path} cannot be read: {error}.")


def _checked(table: np.ndarray, path: Path) -> Samples:
    pixels, digits = table[:, :-1], table[:, -1]
    if pixels.shape[1:] != (PIXELS,) or pixels.min() < 0 or pixels.max() > BRIGHTEST:
        raise DataError(f"The data set {path} does not hold {PIXELS} pixels from 0 to 16 a row.")
    if not np.array_equal(np.unique(digits), np.arange(CLASSES)):
        raise DataError(f"The data set {path} does not hold each of the digits 0 to 9.")
    return Samples(pixels / BRIGHTEST, digits)
