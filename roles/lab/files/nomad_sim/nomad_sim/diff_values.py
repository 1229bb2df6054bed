# SPDX-License-Identifier: GPL-3.0-or-later
"""The difference of two values, lists or plain objects, in the form of a plan's Diff."""

from __future__ import annotations

import typing as t

from .shapes import Data

Flat = dict[str, str]
ORDER = {"Edited": 0, "Added": 1, "Deleted": 2, "None": 3}


def show(value: t.Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def flat(data: t.Mapping[str, t.Any] | None, skip: t.Container[str] = ()) -> Flat:
    """The plain values of an object; a map of text by Name[key]. Objects and lists stay out."""
    found: Flat = {}
    for key, value in (data or {}).items():
        if key in skip or value is None or isinstance(value, list):
            continue
        if not isinstance(value, dict):
            found[key] = show(value)
        elif all(isinstance(v, str) for v in value.values()) and key in ("Meta", "Env"):
            found.update({f"{key}[{k}]": v for k, v in value.items()})
    return found


def flat_deep(value: t.Any, prefix: str = "") -> Flat:
    """Every value of a driver's config by its path."""
    if isinstance(value, dict):
        parts = [(f"{prefix}[{k}]" if prefix else k, v) for k, v in value.items()]
    elif isinstance(value, list):
        parts = [(f"{prefix}[{i}]", v) for i, v in enumerate(value)]
    else:
        return {prefix: "nil" if value is None else show(value)}
    return {k: v for path, inner in parts for k, v in flat_deep(inner, path).items()}


def field(name: str, old: str, new: str) -> Data:
    kind = "None"
    if old != new:
        kind = "Added" if not old else "Deleted" if not new else "Edited"
    return {"Annotations": None, "Name": name, "New": new, "Old": old, "Type": kind}


def fields(old: Flat, new: Flat, context: bool = False) -> list[Data]:
    names = sorted(old.keys() | new.keys())
    found = [field(n, old.get(n, ""), new.get(n, "")) for n in names]
    return [f for f in found if context or f["Type"] != "None"]


def kind_of(old: t.Any, new: t.Any) -> str:
    if not old and not new:
        return "None"
    return "Added" if not old else "Deleted" if not new else "Edited"


def objects(found: list[Data]) -> list[Data] | None:
    return found or None


def plain(old: Data | None, new: Data | None, name: str) -> list[Data]:
    """An object of plain values."""
    found = fields(flat(old), flat(new), context=True)
    kinds = {f["Type"] for f in found} - {"None"}
    if not kinds:
        return []
    kind = kinds.pop() if len(kinds) == 1 else "Edited"
    return [{"Fields": found, "Name": name, "Objects": None, "Type": kind}]


def plain_set(old: list[Data] | None, new: list[Data] | None, name: str) -> list[Data]:
    """Objects without identity: those only here are deleted, those only there added."""
    gone = [x for x in old or [] if x not in (new or [])]
    come = [x for x in new or [] if x not in (old or [])]
    both = [d for x in gone for d in plain(x, None, name)]
    both += [d for x in come for d in plain(None, x, name)]
    return sorted(both, key=object_key)


def text_set(
    old: list[str] | None, new: list[str] | None, name: str, context: bool = False
) -> list[Data]:
    before, after = set(old or []), set(new or [])
    if before == after and not context:
        return []
    pairs = [(k if k in before else "", k if k in after else "") for k in before | after]
    rows = [field(name, o, n) for o, n in pairs]
    rows = sorted((r for r in rows if context or r["Type"] != "None"), key=_field_key)
    if not rows:
        return []
    kinds = {r["Type"] for r in rows} - {"None"}
    kind = "Edited" if len(kinds) > 1 else next(iter(kinds), "None")
    return [{"Fields": rows, "Name": name, "Objects": None, "Type": kind}]


def _field_key(row: Data) -> tuple[t.Any, ...]:
    return row["Name"], row["Old"], row["New"]


def object_key(row: Data) -> tuple[t.Any, ...]:
    names = [(f["Name"], f["Old"], f["New"]) for f in row["Fields"] or []]
    return ORDER[row["Type"]], row["Name"], names


def config(old: Data | None, new: Data | None) -> list[Data]:
    if (old or {}) == (new or {}):
        return []
    found = fields(flat_deep(old or {}), flat_deep(new or {}), context=True)
    return [{"Fields": found, "Name": "Config", "Objects": None, "Type": kind_of(old, new)}]


def compound(old: Data | None, new: Data | None, name: str, inner: list[Data]) -> list[Data]:
    """An object of plain values and of other objects; shown whole when anything differs."""
    if old == new:
        return []
    found = fields(flat(old), flat(new), context=True)
    kind = kind_of(old, new)
    return [{"Fields": found, "Name": name, "Objects": objects(inner), "Type": kind}]
