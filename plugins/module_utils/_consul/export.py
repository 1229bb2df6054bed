# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The file of consul kv export: one text for one content, and what an old file says."""

from __future__ import annotations

import base64
import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Change, Record

# As Go's encoder writes JSON, so that the file is what the command would have written.
ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def text(records: t.Iterable[Record]) -> str:
    rows = [
        {"key": r.key, "flags": r.flags, "value": base64.b64encode(r.value).decode()}
        for r in records
    ]
    return json.dumps(rows, indent="\t", ensure_ascii=False).translate(ESCAPES) + "\n"


def parse(content: t.Optional[bytes]) -> t.Optional[dict[str, Record]]:
    """None for what is no export. A key that is named twice has its last value, as after an import."""
    try:
        rows = json.loads(content or b"null")
        records = [
            Record(row["key"], base64.b64decode(row["value"], validate=True), row["flags"])
            for row in rows
        ]
    except (ValueError, TypeError, KeyError):
        return None
    return {record.key: record for record in records}


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
