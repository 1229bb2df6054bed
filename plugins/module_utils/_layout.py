# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether files can be laid out in a directory: asked before the first is written, so that a
refusal leaves nothing half done, and check mode says the same."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

LARGEST_ID = 2**32 - 2


def check_names(names: t.Collection[str]) -> None:
    """Each a path below the directory, and none of them a directory of another."""
    for name in names:
        if not _plain(name):
            raise UserError(f"file name {name!r} has to be a plain path below the directory")
        for parent in parents(name):
            if parent in names:
                raise UserError(
                    f"files: {parent!r} would be a file and the directory of {name!r}: rename one."
                )


def _plain(name: str) -> bool:
    if name == "." or "\0" in name or os.path.isabs(name):
        return False
    return os.path.normpath(name) == name and not name.startswith("..")


def parents(name: str) -> list[str]:
    """The directories that a relative path lies in, the outermost first."""
    parts = name.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def check_directory(option: str, path: str) -> None:
    """A directory is there, or can be made: nothing on the way to it is something else."""
    if not os.path.isabs(path) or "\0" in path:
        raise UserError(f"{option}: {path!r} is not an absolute path, write it as /etc/NAME.")
    found = path
    while not os.path.lexists(found):
        found = os.path.dirname(found)
    if not os.path.isdir(found):
        raise UserError(f"{option}: {found} is not a directory, move it away or choose another.")


def check_apart(path: str, data_directories: t.Iterable[str]) -> None:
    """What a service keeps below its configuration would be removed as a file without a name."""
    for directory in data_directories:
        if os.path.commonpath([path, os.path.normpath(directory)]) == path:
            raise UserError(
                f"data_directories: {directory} lies in {path}, from which all that files does not"
                " name is removed. Choose a directory beside it."
            )


def check_below(path: str, names: t.Iterable[str]) -> None:
    """What is there lets the files be written; a link could lead them anywhere."""
    for name in names:
        for parent in parents(name):
            place = os.path.join(path, parent)
            if os.path.lexists(place) and (os.path.islink(place) or not os.path.isdir(place)):
                raise UserError(f"files: {place} has to be a directory for {name!r}, remove it.")
        place = os.path.join(path, name)
        if os.path.isdir(place) and not os.path.islink(place):
            raise UserError(f"files: {place} is a directory, remove it or rename the file.")


def check_writable(path: str) -> None:
    """Check mode says so, too; on a read-only file system this is true of root as well."""
    place = nearest_directory(path)
    if not os.access(place, os.W_OK):
        raise UserError(
            f"path: {place} cannot be written to. Choose another, or become a user that may."
        )


def nearest_directory(path: str) -> str:
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def octal(option: str, text: str) -> int:
    """YAML reads 0640 without quotes as the number 416, which is another mode."""
    if not re.fullmatch(r"0[0-7]{3}", text):
        raise UserError(f'{option}: {text!r} is not an octal mode, write it in quotes as "0640"')
    return int(text, 8)


def as_bytes(name: str, content: t.Any) -> bytes:
    if isinstance(content, (dict, list, bool)):
        raise UserError(
            f"the content of {name!r} is a {type(content).__name__} and not text: turn it into text"
            " first, for instance with the filter to_json"
        )
    return str("" if content is None else content).encode("utf-8", "surrogateescape")


def numeric_id(option: str, number: t.Optional[int]) -> int:
    if number is None:
        return -1
    if not 0 <= number <= LARGEST_ID:
        raise UserError(
            f"{option}: {number} is not a user or group, which go from 0 to {LARGEST_ID}"
        )
    return number


def check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as exc:
        raise UserError(f"validate_pattern: {pattern!r} is no regular expression: {exc}") from exc
