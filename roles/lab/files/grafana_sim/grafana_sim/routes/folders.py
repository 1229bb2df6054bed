# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders: one level, as 10.1 has them without the nestedFolders switch."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from ..answers import json_answer
from ..boards import board_url
from ..calls import Call, Entry
from ..store import Row


def _shown(row: Row) -> dict[str, t.Any]:
    rights = dict.fromkeys(("canSave", "canEdit", "canAdmin", "canDelete"), True)
    return {
        "id": row["id"],
        "uid": row["uid"],
        "title": row["title"],
        "url": board_url(row),
        "hasAcl": False,
        **rights,
        "createdBy": row["created_by"],
        "created": row["created"],
        "updatedBy": row["updated_by"],
        "updated": row["updated"],
        "version": row["version"],
    }


def listing(call: Call) -> Response:
    return json_answer(
        [{key: row[key] for key in ("id", "uid", "title")} for row in call.sim.folders.all()]
    )


def create(call: Call) -> Response:
    body = call.json()
    row = call.sim.folders.create(body.get("title"), body.get("uid"), call.login)
    return json_answer(_shown(row))


def get(call: Call) -> Response:
    return json_answer(_shown(call.sim.folders.get(call.params["uid"])))


def update(call: Call) -> Response:
    return json_answer(_shown(call.sim.folders.update(call.params["uid"], call.json(), call.login)))


def delete(call: Call) -> Response:
    row = call.sim.folders.delete(call.params["uid"])
    title = row["title"]
    return json_answer({"id": row["id"], "message": f"Folder {title} deleted", "title": title})


ROUTES = [
    Entry("GET", "/api/folders", listing),
    Entry("POST", "/api/folders", create),
    Entry("GET", "/api/folders/{uid}", get),
    Entry("PUT", "/api/folders/{uid}", update),
    Entry("DELETE", "/api/folders/{uid}", delete),
]
