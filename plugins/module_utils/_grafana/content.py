# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The content of a board, from wherever the options say that it is."""

from __future__ import annotations

import os
import typing as t

from .._errors import UserError
from . import fetch, model
from .source import parsed, read_content

Params = t.Mapping[str, t.Any]
OPTIONS: dict[str, dict[str, t.Any]] = {
    "uid": {"type": "str"},
    "uid_from": {"type": "str", "choices": ["content", "file_name"], "default": "content"},
    "dashboard": {"type": "raw", "aliases": ["content"]},
    "src": {"type": "path", "aliases": ["path", "dashboard_url"]},
    "src_username": {"type": "str"},
    "src_password": {"type": "str", "no_log": True},
    "checksum": {"type": "str"},
    "dashboard_id": {"type": "int"},
    "dashboard_revision": {"type": "str", "default": "1"},
    "dashboard_base_url": {"type": "str", "default": "https://grafana.com"},
    "inputs": {"type": "dict"},
    "extra_tags": {"type": "list", "elements": "str", "default": []},
}


class Content(t.NamedTuple):
    """A board as it was asked for, which may not say its uid, and its revision on grafana.com."""

    board: model.Board
    revision: t.Optional[int] = None


def content_from(params: Params) -> Content:
    raw, revision = _raw(params)
    if raw is None:
        raise UserError(
            "state=present needs the dashboard's content: set 'dashboard', 'src' or 'dashboard_id'."
        )
    board = model.titled_board(raw, params["inputs"], params["extra_tags"])
    uid = params["uid"] or _file_uid(params)
    return Content({**board, "uid": uid} if uid else board, revision)


def _raw(params: Params) -> tuple[t.Any, int | None]:
    source = fetch.Source(
        params["src_username"], params["src_password"], params["checksum"], params["timeout"]
    )
    if params["dashboard_id"] is not None:
        base, revision = params["dashboard_base_url"], params["dashboard_revision"]
        text, number = fetch.published(base, params["dashboard_id"], revision, source)
        return parsed(text, f"dashboard {params['dashboard_id']}"), number
    src = params["src"]
    if src and fetch.is_address(src):
        return parsed(fetch.text(src, source), src), None
    if params["checksum"]:
        raise UserError("checksum is for what is fetched: use it with an address or dashboard_id.")
    return read_content(params["dashboard"], src), None


def _file_uid(params: Params) -> str | None:
    if params["uid_from"] == "content":
        return None
    if not params["src"]:
        raise UserError("uid_from=file_name needs 'src'.")
    return model.checked_uid(os.path.splitext(os.path.basename(params["src"]))[0])
