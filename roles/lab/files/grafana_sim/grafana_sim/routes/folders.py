# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders. Without nested ones, as in 10.1 without its switch, they have one level."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from ..answers import json_answer
from ..boards import board_url
from ..calls import Call, Entry
from ..store import Row
from .dashboards import positive


def _shown(call: Call, row: Row) -> dict[str, t.Any]:
    rights = dict.fromkeys(("canSave", "canEdit", "canAdmin", "canDelete"), True)
    parents = [{k: p[k] for k in ("id", "uid", "title")} for p in call.sim.folders.above(row)]
    nested = {"parentUid": row["folder_uid"], "parents": parents} if row["folder_uid"] else {}
    return {
        **nested,
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
    limit, page = positive(call, "limit", 1000), positive(call, "page", 1)
    rows = call.sim.folders.below(call.query.get("parentUid", ""))
    return json_answer([_listed(row) for row in rows[limit * (page - 1) : limit * page]])


def _listed(row: Row) -> dict[str, t.Any]:
    nested = {"parentUid": row["folder_uid"]} if row["folder_uid"] else {}
    return {"id": row["id"], "uid": row["uid"], "title": row["title"], **nested}


def create(call: Call) -> Response:
    body = call.json()
    row = call.sim.folders.create(
        body.get("title"), body.get("uid"), call.login, body.get("parentUid")
    )
    return json_answer(_shown(call, row))


def get(call: Call) -> Response:
    return json_answer(_shown(call, call.sim.folders.get(call.params["uid"])))


def update(call: Call) -> Response:
    row = call.sim.folders.update(call.params["uid"], call.json(), call.login)
    return json_answer(_shown(call, row))


def move(call: Call) -> Response:
    row = call.sim.folders.move(call.params["uid"], call.json().get("parentUid"), call.login)
    return json_answer(_shown(call, row))


def delete(call: Call) -> Response:
    row = call.sim.folders.delete(call.params["uid"])
    title = row["title"]
    return json_answer({"id": row["id"], "message": f"Folder {title} deleted", "title": title})


ROUTES = [
    Entry("GET", "/api/folders", listing),
    Entry("POST", "/api/folders", create),
    Entry("GET", "/api/folders/{uid}", get),
    Entry("PUT", "/api/folders/{uid}", update),
    Entry("POST", "/api/folders/{uid}/move", move),
    Entry("DELETE", "/api/folders/{uid}", delete),
]
