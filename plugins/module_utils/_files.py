# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Files as they are and as they have to be: content, mode, owner, and when they changed."""

from __future__ import annotations

import contextlib
import datetime
import os
import stat
import tempfile
import typing as t


class Wanted(t.NamedTuple):
    """One file as it has to be."""

    content: bytes
    mode: int
    secret: bool


class Owner(t.NamedTuple):
    """Who owns everything; -1 leaves it as it is, as C(os.chown) understands it."""

    uid: int
    gid: int

    def of(self, found: os.stat_result) -> bool:
        return self.uid in (-1, found.st_uid) and self.gid in (-1, found.st_gid)


def present_files(path: str) -> set[str]:
    return {
        os.path.relpath(os.path.join(root, name), path)
        for root, _dirs, names in os.walk(path)
        for name in names
    }


def read(path: str) -> t.Optional[bytes]:
    """None also for what is no file: a link is replaced, and a pipe would be waited for."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with open(path, "rb") as handle:
            return handle.read()
    except FileNotFoundError:
        return None


def differs(path: str, want: Wanted, owner: Owner) -> bool:
    if read(path) != want.content:
        return True
    found = os.lstat(path)
    return stat.S_IMODE(found.st_mode) != want.mode or not owner.of(found)


def directory_differs(path: str, mode: int, owner: Owner) -> bool:
    if not os.path.isdir(path):
        return True
    found = os.stat(path)
    return stat.S_IMODE(found.st_mode) != mode or not owner.of(found)


def write(path: str, want: Wanted, owner: Owner) -> None:
    """Replace one file in a single step: a reader sees the old content or the new, never half."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(want.content)
        os.chmod(draft, want.mode)
        os.chown(draft, *owner)
        os.replace(draft, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


def changed_at(path: str) -> str:
    """The newest of all times in the tree; removing a file shows in its directory's time."""
    times = [os.stat(root).st_mtime for root, _dirs, _names in os.walk(path)]
    times += [os.lstat(os.path.join(path, name)).st_mtime for name in present_files(path)]
    return as_text(max(times, default=0))


def as_text(timestamp: float) -> str:
    moment = datetime.datetime.fromtimestamp(timestamp, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"
