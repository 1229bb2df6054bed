# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Boards as plain data: what identifies one, what counts as its content, what is sent.

Pure: standard library only, no I/O.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana import resource
from ansible_collections.mlops.infra.plugins.module_utils._grafana.inputs import filled

Board = t.Dict[str, t.Any]

UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
# What the server keeps for itself, or what only an export carries.
CLASSIC = re.compile(r"dashboard\.grafana\.app/v[01](alpha\d+|beta\d+)?")
VOLATILE = (
    "id",
    "version",
    "iteration",
    "revision",
    "meta",
    "__inputs",
    "__elements",
    "__requires",
)
# Absent and null mean the same to Grafana, in a board as in a panel.
NULLABLE = ("datasource", "description", "gnetId", "id")
MIN_REFRESH_SECONDS = 5.0
KEPT_REFRESH = ("", "auto")
DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])")
DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdwMy]))+")
SECONDS = {
    "ms": 0.001,
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86400,
    "w": 604800,
    "M": 2592000,
    "y": 31536000,
}


def unwrap(content: t.Any) -> Board:
    """The board itself, out of the shapes in which people keep boards."""
    if not isinstance(content, dict):
        raise UserError(f"The dashboard must be a mapping, not {type(content).__name__}.")
    if "apiVersion" in content and isinstance(content.get("spec"), dict):
        return _from_resource(content)
    inner = content.get("dashboard")
    if isinstance(inner, dict) and "title" not in content:
        return inner
    return content


def _from_resource(content: dict[str, t.Any]) -> Board:
    """A board as Kubernetes-like files have it; up to v1 the spec is the classic model."""
    if resource.is_newer(content["apiVersion"]):
        return resource.from_file(content)
    if not CLASSIC.fullmatch(str(content["apiVersion"])):
        raise UserError(
            f"The dashboard has the format {content['apiVersion']}, which this module does not speak: "
            "export it in the classic JSON model, or in v2."
        )
    metadata = content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return {**content["spec"], "uid": name or content["spec"].get("uid")}


def desired_board(
    content: t.Any,
    uid: str | None,
    inputs: t.Mapping[str, t.Any] | None = None,
    extra_tags: t.Sequence[str] = (),
) -> Board:
    """The checked board that the user asked for: with title and uid, without volatile parts."""
    board = titled_board(content, inputs, extra_tags)
    board["uid"] = checked_uid(uid or board.get("uid"))
    return board


def titled_board(
    content: t.Any,
    inputs: t.Mapping[str, t.Any] | None = None,
    extra_tags: t.Sequence[str] = (),
) -> Board:
    """The board as it was asked for, whether or not it says its uid."""
    board = filled(_as_json(unwrap(content)), inputs or {})
    board = {key: value for key, value in board.items() if key not in VOLATILE}
    title = board.get("title")
    if not isinstance(title, str) or not title.strip():
        raise UserError("The dashboard has no title: set the key 'title' in its content.")
    board["title"] = title.strip()
    if extra_tags:
        tags = list(board["tags"]) if isinstance(board.get("tags"), list) else []
        board["tags"] = tags + [tag for tag in extra_tags if tag not in tags]
    return board


def library_panels(board: t.Any) -> set[str]:
    """The uids of the library panels that a board refers to, also in rows that are folded."""
    panels = board.get("panels") if isinstance(board.get("panels"), list) else []
    found: set[str] = set()
    for panel in panels:
        if isinstance(panel, dict):
            library = panel.get("libraryPanel")
            uid = library.get("uid") if isinstance(library, dict) else None
            found |= ({str(uid)} if uid else set()) | library_panels(panel)
    return found


def repeated_panel_ids(board: t.Any) -> list[int]:
    """Links and alerts find a panel by its id, and the diff tells panels apart by it."""
    ids = _panel_ids(board)
    return sorted({number for number in ids if ids.count(number) > 1})


def _panel_ids(board: t.Any) -> list[int]:
    panels = board.get("panels") if isinstance(board.get("panels"), list) else []
    found = []
    for panel in (p for p in panels if isinstance(p, dict)):
        number = panel.get("id")
        found += [number] if isinstance(number, int) and number else []
        found += _panel_ids(panel)
    return found


def checked_uid(uid: t.Any) -> str:
    """The uid, or a UserError that says what is wrong with it."""
    if uid is None or uid == "":
        raise UserError(
            "The dashboard has no uid, and without one every run would create another board: "
            "set the option 'uid', or the key 'uid' in the content."
        )
    if not isinstance(uid, str) or not UID.fullmatch(uid):
        raise UserError(
            f"The uid {uid!r} is not possible: 1 to 40 characters out of A-Z, a-z, 0-9, '-' and '_'."
        )
    return uid


def checked_folder(uid: str | None) -> str | None:
    if uid and not UID.fullmatch(uid):
        raise UserError(
            f"The folder_uid {uid!r} is not possible: 1 to 40 characters out of A-Z, a-z, 0-9, '-' "
            "and '_'."
        )
    return uid


def _as_json(content: Board) -> Board:
    """A copy as JSON has it: all keys are text, which in YAML they need not be."""
    try:
        return t.cast(Board, json.loads(json.dumps(content, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"The dashboard holds a value that JSON does not have ({error}): quote it."
        ) from error


def normalised(board: Board) -> Board:
    """What is compared: two boards with equal results are the same board to Grafana."""
    result = {
        key: _normal(value)
        for key, value in board.items()
        if key not in VOLATILE and not (key in NULLABLE and value is None)
    }
    if isinstance(result.get("title"), str):
        result["title"] = result["title"].strip()
    if isinstance(result.get("refresh"), str):
        result["refresh"] = _clamped(result["refresh"])
    return result


def _normal(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return _normal_mapping(value)
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _normal_mapping(value: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        key: _library_panel(item) if key == "libraryPanel" else _normal(item)
        for key, item in value.items()
        if not (key in NULLABLE and item is None)
    }


def _library_panel(value: t.Any) -> t.Any:
    """A library panel's model is the library's business: a board only refers to it."""
    if not isinstance(value, dict):
        return value
    return {key: value[key] for key in ("uid", "name") if key in value}


def _clamped(refresh: str) -> str:
    """Grafana raises what is too short, or no time at all, to its minimum, 5 s unless configured."""
    if refresh in KEPT_REFRESH:
        return refresh
    parts = DURATION_PART.findall(refresh) if DURATION.fullmatch(refresh) else []
    seconds = sum(float(number) * SECONDS[unit] for number, unit in parts)
    return refresh if seconds >= MIN_REFRESH_SECONDS else "5s"


def same(left: Board, right: Board) -> bool:
    """Compared as JSON text, so that 1 and true differ; key order does not count."""
    return _text(normalised(left)) == _text(normalised(right))


def _text(board: Board) -> str:
    return json.dumps(board, sort_keys=True)


def folder_key(uid: str | None) -> str:
    """The root folder has several names: none, empty and 'general'."""
    return "" if uid in (None, "", "general") else str(uid)
