# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What differs between two boards, one readable line a difference.

Panels are matched by id, or by type and title, queries by refId, variables by name: a panel that
was moved or inserted does not make all that follow it look changed.
"""

from __future__ import annotations

import json
import typing as t

Key = t.Tuple[t.Any, ...]
SHOWN = 80


def changes(before: t.Any, after: t.Any) -> list[str]:
    """The differences between two normalised boards, in a stable order."""
    return list(_compare("", before, after))


def _compare(path: str, before: t.Any, after: t.Any) -> t.Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _compare_mappings(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(path, before, after)
    elif not _equal(before, after):
        yield f"{path}: {_short(before)} -> {_short(after)}"


def _compare_mappings(
    path: str, before: dict[str, t.Any], after: dict[str, t.Any]
) -> t.Iterator[str]:
    for key in sorted(set(before) | set(after)):
        where = f"{path}.{key}" if path else key
        if key not in after:
            yield f"{where}: removed (was {_short(before[key])})"
        elif key not in before:
            yield f"{where}: added {_short(after[key])}"
        else:
            yield from _compare(where, before[key], after[key])


def _compare_lists(path: str, before: list[t.Any], after: list[t.Any]) -> t.Iterator[str]:
    old, new = keyed(path, before), keyed(path, after)
    for key, item in old.items():
        if key not in new:
            yield f"{_name(path, key, item)}: removed"
    for key, item in new.items():
        if key not in old:
            yield f"{_name(path, key, item)}: added"
        else:
            yield from _compare(_name(path, key, item), old[key], item)
    if not _same_order(old, new):
        yield f"{path}: order changed"


def _same_order(old: dict[Key, t.Any], new: dict[Key, t.Any]) -> bool:
    return [key for key in old if key in new] == [key for key in new if key in old]


def keyed(path: str, items: list[t.Any]) -> dict[Key, t.Any]:
    """The items under what identifies them; a second bearer of an identity counts by position."""
    found: dict[Key, t.Any] = {}
    for index, item in enumerate(items):
        key = _identity(path.rsplit(".", 1)[-1], item, index)
        found[("index", index) if key in found else key] = item
    return found


def _identity(kind: str, item: t.Any, index: int) -> Key:
    if not isinstance(item, dict):
        return ("index", index)
    if kind == "panels":
        return _panel_identity(item)
    name = {"targets": "refId", "list": "name"}.get(kind)
    if name and isinstance(item.get(name), str):
        return (name, item[name])
    return ("index", index)


def _panel_identity(panel: dict[str, t.Any]) -> Key:
    if isinstance(panel.get("id"), int):
        return ("id", panel["id"])
    return ("panel", str(panel.get("type")), str(panel.get("title")))


def _name(path: str, key: Key, item: t.Any) -> str:
    prefix = path.rpartition(".")[0]
    if key[0] in ("id", "panel"):
        number = f" {key[1]}" if key[0] == "id" else ""
        name = f'panel{number} "{item.get("title", "")}"'
        return f"{prefix} / {name}" if prefix else name
    return f"{path}[{key[1]}]"


def _equal(before: t.Any, after: t.Any) -> bool:
    """Python takes True for 1; JSON does not."""
    return type(before) is type(after) and bool(before == after)


def _short(value: t.Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"
