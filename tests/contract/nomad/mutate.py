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


def _with(data: JSON, path: Path, change: t.Callable[[JSON, str], None]) -> JSON:
    made = copy.deepcopy(data)
    change(_at(made, path[:-1]), path[-1])
    return made


def _set(value: JSON) -> t.Callable[[JSON, str], None]:
    def change(holder: JSON, key: str) -> None:
        holder[int(key) if isinstance(holder, list) else key] = value

    return change


def _drop(holder: JSON, key: str) -> None:
    del holder[int(key) if isinstance(holder, list) else key]


def mutations(answer: JSON, comparer: Comparer) -> t.Iterator[tuple[str, JSON]]:
    """What was changed, and the changed answer. A rule widens one place, and no more than it says."""
    for path in paths(answer):
        value = _at(answer, path)
        inside = _inside(comparer, path)
        if path and not inside:
            yield f"type of {path}", _with(answer, path, _set(_other_type(value)))
            if not isinstance(value, (dict, list)) and not comparer.rule(path, comparer.loose()):
                yield f"value of {path}", _with(answer, path, _set(_other_value(value)))
            if not comparer.lacks(path):
                yield f"without {path}", _with(answer, path, _drop)
        if isinstance(value, dict) and not inside and not comparer.rule(path, comparer.loose()):
            yield f"key added to {path}", _with(answer, (*path, "zzz"), _set("added"))
        if isinstance(value, list) and not inside:
            made = copy.deepcopy(answer)
            _at(made, path).append("added")
            yield f"element added to {path}", made


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
