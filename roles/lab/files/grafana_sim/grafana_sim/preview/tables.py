# SPDX-License-Identifier: GPL-3.0-or-later
"""The transformations that our tables use: merge, and organize."""

from __future__ import annotations

import typing as t

from .asking import Series
from .looks import Json

Row = dict[str, t.Any]


def rows(answers: t.Sequence[tuple[str, list[Series]]]) -> list[Row]:
    """Rows of several queries, joined where all that they share is the same."""
    several = len([1 for _letter, found in answers if found]) > 1
    merged: list[Row] = []
    for letter, found in answers:
        field = f"Value #{letter}" if several else "Value"
        for series in found:
            row: Row = {**series.labels, field: series.last}
            row.pop("__name__", None)
            twin = next((one for one in merged if _joins(one, row, field)), None)
            if twin is None:
                merged.append(row)
            else:
                twin.update(row)
    return merged


def _joins(one: Row, other: Row, field: str) -> bool:
    shared = set(one) & set(other)
    return field not in one and bool(shared) and all(one[name] == other[name] for name in shared)


def organized(found: list[Row], options: Json) -> tuple[list[str], list[Row]]:
    """The columns in their order and by their titles."""
    excluded = {name for name, out in (options.get("excludeByName") or {}).items() if out}
    order = options.get("indexByName") or {}
    titles = options.get("renameByName") or {}
    fields = {name for row in found for name in row} - excluded
    columns = sorted(fields, key=lambda name: (order.get(name, len(order)), name))
    named = [{titles.get(name, name): value for name, value in row.items()} for row in found]
    return [titles.get(name, name) for name in columns], named


def shaped(found: list[Row], panel: Json) -> tuple[list[str], list[Row]]:
    columns, shown = sorted({name for row in found for name in row}), found
    for step in panel.get("transformations") or []:
        if step["id"] == "organize":
            columns, shown = organized(found, step["options"])
    for sort in ((panel.get("options") or {}).get("sortBy") or [])[:1]:
        name = sort["displayName"]
        present = [row for row in shown if name in row]
        absent = [row for row in shown if name not in row]
        present.sort(key=lambda row: row[name], reverse=bool(sort.get("desc")))
        shown = present + absent
    return columns, shown
