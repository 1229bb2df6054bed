# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a board that was exported for sharing still asks for, filled in. Pure.

Grafana's own import does the same on the server, but without a way to compare.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import UserError

Board = t.Dict[str, t.Any]
EXPRESSION = "__expr__"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def filled(board: Board, given: t.Mapping[str, t.Any]) -> Board:
    """The board with each C(${NAME}) of its C(__inputs) replaced, and without C(__inputs)."""
    declared = {str(i.get("name")): i for i in _declared(board)}
    rest = {key: value for key, value in board.items() if key != "__inputs"}
    used = _placeholders(rest)
    _refuse_unknown(given, set(declared) | used)
    values = {name: _default(entry) for name, entry in declared.items()}
    values.update({name: str(value) for name, value in given.items()})
    missing = sorted(name for name in declared if name in used and values[name] is None)
    if missing:
        raise UserError(
            f"The dashboard was exported for sharing and still asks for {', '.join(missing)}: set "
            f"the option 'inputs', as in {{{missing[0]}: UID OF A DATA SOURCE}}."
        )
    types = {name: str(entry.get("pluginId") or "") for name, entry in declared.items()}
    known = {name: value for name, value in values.items() if value is not None}
    return t.cast(Board, _replaced(rest, known, types))


def asked(board: Board) -> set[str]:
    """The names of everything that a board can be given."""
    declared = {str(i.get("name")) for i in _declared(board)}
    return declared | _placeholders({key: v for key, v in board.items() if key != "__inputs"})


def _declared(board: Board) -> list[dict[str, t.Any]]:
    inputs = board.get("__inputs")
    return [i for i in inputs if isinstance(i, dict)] if isinstance(inputs, list) else []


def _default(entry: dict[str, t.Any]) -> str | None:
    """A constant carries its value, and expressions have but one data source."""
    if entry.get("pluginId") == EXPRESSION:
        return EXPRESSION
    value = entry.get("value")
    return str(value) if entry.get("type") == "constant" and value is not None else None


def _refuse_unknown(given: t.Mapping[str, t.Any], possible: set[str]) -> None:
    unknown = sorted(set(given) - possible)
    if unknown:
        asks = ", ".join(sorted(possible)) or "nothing"
        raise UserError(
            f"inputs: the dashboard does not ask for {', '.join(unknown)}, but for {asks}: "
            "correct the name."
        )


def _placeholders(value: t.Any) -> set[str]:
    if isinstance(value, dict):
        return {name for item in value.values() for name in _placeholders(item)}
    if isinstance(value, list):
        return {name for item in value for name in _placeholders(item)}
    return set(PLACEHOLDER.findall(value)) if isinstance(value, str) else set()


def _replaced(value: t.Any, values: dict[str, str], types: dict[str, str], key: str = "") -> t.Any:
    if isinstance(value, dict):
        return {name: _replaced(item, values, types, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, values, types) for item in value]
    if not isinstance(value, str):
        return value
    match = PLACEHOLDER.fullmatch(value)
    if key == "datasource" and match and types.get(match.group(1)):
        # Boards of before Grafana 8.3 name the data source by a text.
        return {"type": types[match.group(1)], "uid": values[match.group(1)]}
    return PLACEHOLDER.sub(lambda found: values.get(found.group(1), found.group(0)), value)
