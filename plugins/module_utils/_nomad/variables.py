# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a variable is to be, checked against what Nomad takes before anything is sent."""

from __future__ import annotations

import datetime
import json
import re
import typing as t

from .._errors import ApiError, ConflictError, UserError
from .dispatch import as_text

Json = t.Dict[str, t.Any]

LIMIT = 64 * 1024  # bytes, names and values together, Nomad's own
_PATH = re.compile(r"[a-zA-Z0-9_~/-]{1,128}")
_BELOW_NOMAD = ("jobs", "job-templates", "sentinel")


def check_path(path: str, option: str = "path") -> None:
    """Nomad's rules; and no slash too many, which some versions redirect and others keep."""
    if not _PATH.fullmatch(path):
        raise UserError(
            f"{option}: {path!r} is no path of a variable. Use 1 to 128 letters without accents,"
            " digits and - _ ~ /."
        )
    if "" in path.split("/"):
        raise UserError(
            f"{option}: {path!r} begins or ends with a slash, or has two in a row. Remove what is"
            " too much."
        )
    parts = path.split("/")
    if parts[0] == "nomad" and (len(parts) < 2 or parts[1] not in _BELOW_NOMAD):
        raise UserError(
            f"{option}: Nomad keeps what begins with nomad/ to itself. Use nomad/jobs or what is"
            " below it, or begin with another name."
        )
    if parts[:2] == ["nomad", "job-templates"] and len(parts) != 3:
        raise UserError(f"{option}: a template is nomad/job-templates/NAME, and not {path}.")


def merged(observed: Json | None, given: t.Mapping[str, t.Any], purge: bool) -> dict[str, str]:
    """All items that the variable is to have; a null takes its item away."""
    there = {} if purge else dict((observed or {}).get("Items") or {})
    texts = {str(name): as_text(value) for name, value in given.items() if value is not None}
    removed = {str(name) for name, value in given.items() if value is None}
    kept = {name: value for name, value in there.items() if name not in removed}
    return {**kept, **texts}


def check_items(path: str, items: dict[str, str]) -> None:
    if not items:
        raise UserError(
            f"items: variable {path} would have none, and Nomad keeps no empty variable. Use state:"
            " absent to remove it."
        )
    size = sum(len(name.encode()) + len(value.encode()) for name, value in items.items())
    if size > LIMIT:
        raise UserError(
            f"items: variable {path} would have {size} bytes, and Nomad takes {LIMIT} at most, names"
            " and values together. Divide it over several paths."
        )


def index_of(observed: Json | None) -> int:
    """What C(cas) compares; 0 is a variable that is not there."""
    return int((observed or {}).get("ModifyIndex") or 0)


def check_index(path: str, observed: Json | None, wanted: int | None) -> None:
    """Refuse to change what is not as the user saw it."""
    if wanted and wanted != index_of(observed):
        there = f"has the index {index_of(observed)}" if observed else "does not exist"
        raise ConflictError(
            f"check_index: variable {path} {there}, and not the index {wanted}. See what changed"
            " since, and give the new index."
        )


def check_lock(path: str, observed: Json | None) -> None:
    """A lock is held by a process that keeps it alive, and Nomad lets nobody else write."""
    if (observed or {}).get("Lock"):
        raise ConflictError(locked(path))


def locked(path: str) -> str:
    return (
        f"Variable {path} is locked, or was until a moment ago: only the holder of the lock may"
        " change it. Stop the holder, or wait until its lock has expired."
    )


def conflict(path: str, index: int, error: ApiError) -> ConflictError:
    """A 409 in words. Its text is the variable as it is now, so its values are not repeated."""
    try:
        there = json.loads(error.body)
    except ValueError:
        there = {}
    now = index_of(there)
    if not now and index:
        # Of a locked variable and of one that is gone Nomad shows nothing at all.
        return ConflictError(f"{locked(path)[:-1]}; or somebody else has removed it.")
    when = _moment(int(there.get("ModifyTime") or 0))
    was = f"with the index {index}" if index else "missing"
    return ConflictError(
        f"Variable {path} was changed by somebody else{when}: it was {was} when it was read, and has"
        f" the index {now} now. Nomad does not say by whom. Run the task again to compare with what"
        " is there now."
    )


def _moment(nanoseconds: int) -> str:
    if not nanoseconds:
        return ""
    moment = datetime.datetime.fromtimestamp(nanoseconds / 1e9, datetime.timezone.utc)
    return f" at {moment:%Y-%m-%d %H:%M:%S} UTC"
