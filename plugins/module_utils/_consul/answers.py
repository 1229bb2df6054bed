# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Takes out of what a server answered what was asked for; where it is not in there, it is no Consul.

The readers raise what Python does at the place where something else is: the client makes one
error of it.
"""

from __future__ import annotations

import base64
import sys
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Record

Json = t.Dict[str, t.Any]
T = t.TypeVar("T")
WRONG = (LookupError, TypeError, ValueError, AttributeError, RecursionError)


class Answer(t.NamedTuple):
    """What a transaction led to: the records it wrote, or why it was rolled back as a whole."""

    records: list[Record]
    errors: list[tuple[int, str]]


def of(kind: type[T]) -> t.Callable[[t.Any], T]:
    """Reads a body that is of that type as a whole."""

    def read(data: t.Any) -> T:
        # For Python a truth value is a number.
        if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
            raise TypeError(data)
        return data

    return read


def rows(*names: str) -> t.Callable[[t.Any], list[Json]]:
    """Reads a list of objects, in each of which there are these names; null is none."""

    def read(data: t.Any) -> list[Json]:
        found = of(list)([] if data is None else data)
        for row in found:
            of(dict)(row)
            for name in names:
                row[name]
        return found

    return read


def answer(data: t.Any) -> Answer:
    errors = [(of(int)(row["OpIndex"]), of(str)(row["What"])) for row in data.get("Errors") or []]
    if errors:
        return Answer([], errors)
    return Answer([_record(row["KV"]) for row in of(list)(data["Results"])], [])


def policies(data: t.Any) -> list[str]:
    return [row["ID"] for row in data.get("Policies") or []]


def value_limit(data: t.Any) -> int:
    return of(int)((data.get("DebugConfig") or {}).get("KVMaxValueSize") or sys.maxsize)


def version(data: t.Any) -> tuple[int, ...]:
    return tuple(int(part) for part in data["Config"]["Version"].split(".")[:2])


def records(data: t.Any) -> dict[str, Record]:
    return {row["Key"]: _record(row) for row in of(list)(data)}


def _record(row: t.Mapping[str, t.Any]) -> Record:
    return Record(
        key=of(str)(row["Key"]),
        value=base64.b64decode(row.get("Value") or "", validate=True),
        flags=of(int)(row["Flags"]),
        index=of(int)(row["ModifyIndex"]),
        create_index=of(int)(row["CreateIndex"]),
        lock_index=of(int)(row["LockIndex"]),
        session=row.get("Session"),
    )
