# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A board prepared for another Grafana: each data source becomes an input. Pure."""

from __future__ import annotations

import re
import typing as t

Board = t.Dict[str, t.Any]
BUILT_IN = ("__expr__", "grafana", "datasource")


def for_sharing(board: Board) -> Board:
    """The board with C(${DS_TYPE}) in place of each data source's uid, and C(__inputs) for them."""
    sources = sorted(_sources(board))
    names = _names(sources)
    inputs = [
        {"name": names[source], "label": source[0], "type": "datasource", "pluginId": source[0]}
        for source in sources
    ]
    return {"__inputs": inputs, **_templated(board, names)} if inputs else board


def _sources(value: t.Any) -> set[tuple[str, str]]:
    if isinstance(value, list):
        return {source for item in value for source in _sources(item)}
    if not isinstance(value, dict):
        return set()
    own = _source(value.get("datasource"))
    return {source for item in value.values() for source in _sources(item)} | own


def _source(value: t.Any) -> set[tuple[str, str]]:
    """Type and uid; not a variable's, and not what is a part of Grafana itself."""
    if not isinstance(value, dict):
        return set()
    kind, uid = value.get("type"), value.get("uid")
    if not (isinstance(kind, str) and isinstance(uid, str)):
        return set()
    return set() if kind in BUILT_IN or uid.startswith(("$", "-- ")) else {(kind, uid)}


def _names(sources: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    names: dict[tuple[str, str], str] = {}
    for kind, uid in sources:
        name = "DS_" + re.sub(r"\W", "_", kind).upper()
        number = sum(
            1 for taken in names.values() if re.fullmatch(re.escape(name) + r"(_\d+)?", taken)
        )
        names[kind, uid] = f"{name}_{number + 1}" if number else name
    return names


def _templated(value: t.Any, names: dict[tuple[str, str], str]) -> t.Any:
    if isinstance(value, list):
        return [_templated(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: _templated(item, names) for key, item in value.items()}
    for kind, uid in _source(value.get("datasource")):
        result["datasource"] = {**value["datasource"], "uid": "${" + names[kind, uid] + "}"}
    return result
