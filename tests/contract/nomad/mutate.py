# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to change an answer by a little, so that a comparison can be tested."""

from __future__ import annotations

import copy
import typing as t

from .compare import Comparer
from .steps import JSON

Path = tuple[str, ...]


def paths(data: JSON, path: Path = ()) -> t.Iterator[Path]:
    yield path
    rows = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(
        data, list) else ()  # fmt: skip
    for key, value in rows:
        yield from paths(value, (*path, str(key)))


def _at(data: JSON, path: Path) -> JSON:
    for key in path:
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data


def mutations(answer: JSON, comparer: Comparer) -> t.Iterator[tuple[str, Path, JSON, JSON]]:
    """What is changed, where, what stood there, and what stands there now.

    Each change is cut down to its place, where the comparison arrives by the same rules.
    """
    for path in paths(answer):
        if _inside(comparer, path):
            continue
        value = _at(answer, path)
        loose = comparer.scalar(value, path) is not None
        yield "type", path, value, _other_type(value)
        if isinstance(value, dict):
            yield from () if loose else _keys(value, path, comparer)
        elif isinstance(value, list):
            yield "added element", path, value, [*value, {"another": "type"}]
            if value and not loose:
                yield "dropped element", path, value[:1], []
        elif not loose:
            yield "value", path, value, _other_value(value)


def _keys(value: JSON, path: Path, comparer: Comparer) -> t.Iterator[tuple[str, Path, JSON, JSON]]:
    yield "added key", path, {}, {"zzz": "added"}
    for key in value:
        if not comparer.lacks((*path, key)):
            yield f"without {key}", path, {key: value[key]}, {}


def whole(answer: JSON, comparer: Comparer) -> t.Iterator[tuple[Path, JSON]]:
    """The complete answer with one value changed, for one place of each depth."""
    seen: set[int] = set()
    for path in paths(answer):
        value = _at(answer, path)
        plain = not isinstance(value, (dict, list)) and not _inside(comparer, path)
        if path and plain and len(path) not in seen and comparer.scalar(value, path) is None:
            seen.add(len(path))
            made = copy.deepcopy(answer)
            holder = _at(made, path[:-1])
            key: t.Any = int(path[-1]) if isinstance(holder, list) else path[-1]
            holder[key] = _other_value(value)
            yield path, made


def _inside(comparer: Comparer, path: Path) -> bool:
    """Below a place that is compared as a whole."""
    return any(comparer.rule(path[:n], comparer.loose()) for n in range(1, len(path)))


def _other_type(value: JSON) -> JSON:
    """Something that no rule takes for the same."""
    return 4711.5 if not isinstance(value, float) else {"another": "type"}


def _other_value(value: JSON) -> JSON:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "not null"
