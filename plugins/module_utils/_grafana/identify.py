# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which board and which folder are meant, where the options do not say it by a uid."""

from __future__ import annotations

import typing as t

from .._errors import UserError
from . import model
from .client import GrafanaClient
from .locate import Locator
from .paths import split
from .plan import Observed
from .saving import seen

Params = t.Mapping[str, t.Any]


def folder_of(params: Params, locator: Locator) -> str | None:
    """The folder's uid, None to leave a board where it is."""
    if params["folder"] is None:
        return model.checked_folder(params["folder_uid"])
    start = model.checked_folder(params["parent_folder"]) or ""
    return locator.uid_of(split(params["folder"]), start)


def identified(
    board: model.Board, folder_uid: str | None, adopt: bool, client: GrafanaClient
) -> tuple[model.Board, Observed | None]:
    """The board with its uid, and what the server has of it; by title only where that was asked."""
    uid = board.get("uid")
    if uid or not adopt:
        model.checked_uid(uid)
        observed = seen(client, board)
        if observed is not None or not adopt:
            return board, observed
    uid = adopted(board["title"], folder_uid, client) or model.checked_uid(uid)
    board = {**board, "uid": uid}
    return board, seen(client, board)


def adopted(title: str, folder_uid: str | None, client: GrafanaClient) -> str | None:
    """The uid of the one board with that title, in that folder where one was asked for."""
    hits = [hit for hit in client.search(query=title, type="dash-db") if hit.get("title") == title]
    if folder_uid is not None:
        wanted = model.folder_key(folder_uid)
        hits = [hit for hit in hits if model.folder_key(hit.get("folderUid")) == wanted]
    if len(hits) > 1:
        uids = ", ".join(sorted(hit["uid"] for hit in hits))
        raise UserError(
            f"adopt_by_title: {len(hits)} dashboards have the title {title!r} ({uids}): set 'uid' to "
            "the one that is meant."
        )
    return hits[0]["uid"] if hits else None
