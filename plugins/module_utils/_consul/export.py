# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The file of consul kv export: one text for one content, and what an old file says."""

from __future__ import annotations

import base64
import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.answers import WRONG
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Change, Record

# As Go's encoder writes JSON, so that the file is what the command would have written.
ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def text(records: t.Iterable[Record]) -> str:
    rows = [
        {"key": r.key, "flags": r.flags, "value": base64.b64encode(r.value).decode()}
        for r in records
    ]
    return json.dumps(rows, indent="\t", ensure_ascii=False).translate(ESCAPES) + "\n"


def record(row: t.Any) -> Record:
    """One entry of the file. A ValueError says what it lacks."""
    if not isinstance(row, dict) or not isinstance(row.get("key"), str) or "value" not in row:
        raise ValueError("has no key and value as consul kv export writes them")
    try:
        coded = "" if row["value"] is None else row["value"]
        value = base64.b64decode("".join(coded.split()), validate=True)
    except (ValueError, AttributeError):
        raise ValueError("has a value that is no base64") from None
    flags = 0 if row.get("flags") is None else row["flags"]
    if not isinstance(flags, int) or isinstance(flags, bool):
        raise ValueError(f"has flags {flags!r}: Consul keeps a whole number")
    return Record(row["key"], value, flags)


def parse(content: t.Optional[bytes]) -> t.Optional[dict[str, Record]]:
    """None for what is no export. A key that is named twice has its last value, as after an import."""
    try:
        records = [record(row) for row in json.loads(content or b"null")]
    except WRONG:
        return None
    return {found.key: found for found in records}


def changes(old: t.Mapping[str, Record], new: t.Mapping[str, Record]) -> list[Change]:
    """What a file's content changes by, in the order of the keys; the order in it means nothing."""
    return [
        Change(
            key,
            old.get(key),
            new[key].value if key in new else None,
            new[key].flags if key in new else 0,
        )
        for key in sorted({*old, *new})
        if _meaning(old.get(key)) != _meaning(new.get(key))
    ]


def _meaning(record: t.Optional[Record]) -> t.Optional[tuple[bytes, int]]:
    return (record.value, record.flags) if record else None
