# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are whole or not there at all, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def put(path: Path, data: bytes) -> None:
    """Write beside, flush, rename, flush the directory: not even a loss of power leaves a half."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
