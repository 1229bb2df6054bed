# SPDX-License-Identifier: GPL-3.0-or-later
"""The directories and log files of allocations, at the places where Nomad has them."""

from __future__ import annotations

import base64
import pathlib
import shutil

from .shapes import Data

MEGABYTE = 1024 * 1024


class AllocDir:
    """Task directories are bind mounts: the path is the same here and on the Docker host."""

    def __init__(self, root: pathlib.Path, alloc_id: str) -> None:
        self.root = root / "alloc" / alloc_id
        self.logs = self.root / "alloc" / "logs"

    def build(self, task: str) -> list[str]:
        """Make what is not there; the binds of the task's container."""
        for part in ("data", "logs", "tmp"):
            _open_dir(self.root / "alloc" / part)
        for part in ("local", "secrets", "tmp"):
            _open_dir(self.root / task / part)
        return [
            f"{self.root}/alloc:/alloc",
            f"{self.root}/{task}/local:/local",
            f"{self.root}/{task}/secrets:/secrets",
        ]

    def write_payload(self, task: str, name: str, payload: str) -> None:
        target = (self.root / task / "local" / name).resolve()
        if (self.root / task / "local").resolve() not in target.parents:
            raise ValueError(f"dispatch_payload file {name} is outside of the task directory")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(payload))
        target.chmod(0o777)

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def files(self, task: str, stream: str) -> list[pathlib.Path]:
        found = self.logs.glob(f"{task}.{stream}.*")
        return sorted(found, key=lambda p: int(p.suffix[1:]))

    def read(self, task: str, stream: str) -> bytes:
        return b"".join(p.read_bytes() for p in self.files(task, stream))


class LogWriter:
    """One stream of one task: appended, and rotated by size as the logs block says."""

    def __init__(self, directory: AllocDir, task: str, stream: str, config: Data) -> None:
        self.directory = directory
        self.task = task
        self.stream = stream
        self.limit = config["MaxFileSizeMB"] * MEGABYTE
        self.keep = config["MaxFiles"]

    def size(self) -> int:
        return sum(p.stat().st_size for p in self.directory.files(self.task, self.stream))

    def append(self, data: bytes) -> None:
        files = self.directory.files(self.task, self.stream)
        current = files[-1] if files else self._path(0)
        if current.exists() and current.stat().st_size + len(data) > self.limit:
            current = self._path(int(current.suffix[1:]) + 1)
            for old in files[: max(0, len(files) + 1 - self.keep)]:
                old.unlink()
        with current.open("ab") as file:
            file.write(data)

    def touch(self) -> None:
        if not self.directory.files(self.task, self.stream):
            self._path(0).touch()

    def _path(self, number: int) -> pathlib.Path:
        return self.directory.logs / f"{self.task}.{self.stream}.{number}"


def _open_dir(path: pathlib.Path) -> None:
    """Tasks run as any user: their directories are open, their parents are not."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o777)
