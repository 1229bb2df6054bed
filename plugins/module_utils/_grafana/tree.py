# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A directory of boards: its directories are folders, its files are boards."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from .._errors import MlopsError, UserError
from . import inputs, model
from .source import read_content

ENDINGS = (".json", ".yml", ".yaml")
SHOWN = 10


@dataclasses.dataclass(frozen=True)
class Entry:
    """One file: its path below the directory, the titles of its folders, its board."""

    file: str
    titles: t.Tuple[str, ...]
    board: model.Board


class Reading(t.NamedTuple):
    """What the options say about all boards alike."""

    uid_from: str = "content"
    inputs: t.Mapping[str, t.Any] = {}
    extra_tags: t.Sequence[str] = ()


def read(directory: str, reading: Reading) -> list[Entry]:
    """All boards of a directory; whatever is wrong with any of them is said before one is saved."""
    if not os.path.isdir(directory):
        raise UserError(f"path {directory} is no directory on the host where the module runs.")
    entries, problems, used = [], [], set()
    for file in files(directory):
        try:
            entry, names = _entry(directory, file, reading)
        except MlopsError as error:
            problems.append(f"{file}: {error}")
            continue
        entries.append(entry)
        used |= names
    problems += repeated(entries) + _unused(set(reading.inputs) - used)
    if problems:
        more = f" (and {len(problems) - SHOWN} more)" if len(problems) > SHOWN else ""
        raise UserError(f"Nothing was saved. {' '.join(problems[:SHOWN])}{more}")
    return entries


def files(directory: str) -> list[str]:
    """In a stable order; what begins with a dot is no part of it."""
    found = []
    for root, directories, names in os.walk(directory):
        directories[:] = [name for name in directories if not name.startswith(".")]
        paths = (os.path.join(root, n) for n in names if not n.startswith("."))
        found += [os.path.relpath(path, directory) for path in paths if path.endswith(ENDINGS)]
    return sorted(found)


def _entry(directory: str, file: str, reading: Reading) -> tuple[Entry, set[str]]:
    content = model.unwrap(read_content(None, os.path.join(directory, file)))
    names = inputs.asked(content)
    given = {name: value for name, value in reading.inputs.items() if name in names}
    stem = os.path.splitext(os.path.basename(file))[0]
    uid = stem if reading.uid_from == "file_name" else None
    board = model.desired_board(content, uid, given, reading.extra_tags)
    titles = os.path.dirname(file).split(os.sep) if os.path.dirname(file) else []
    return Entry(file, tuple(titles), board), names


def repeated(entries: list[Entry]) -> list[str]:
    """Two files with one uid would replace each other for ever."""
    by_uid: dict[str, list[str]] = {}
    for entry in entries:
        by_uid.setdefault(entry.board["uid"], []).append(entry.file)
    return [
        f"{' and '.join(files)} have the same uid {uid}: give each its own."
        for uid, files in by_uid.items()
        if len(files) > 1
    ]


def _unused(names: set[str]) -> list[str]:
    return [f"inputs: no dashboard asks for {', '.join(sorted(names))}."] if names else []
