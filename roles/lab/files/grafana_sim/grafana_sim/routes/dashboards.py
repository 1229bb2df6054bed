# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards: save, read, delete, search."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from ..answers import NotSimulatedError, RefusedError, json_answer
from ..boards import Save, board_url, content, slug
from ..calls import Call, Entry
from ..store import Row

SEARCH_FILTERS = {"query", "type", "tag", "dashboardUIDs", "folderUIDs", "limit", "page"}
MAX_LIMIT = 5000
DEFAULT_LIMIT = 1000
CAN = ("canSave", "canEdit", "canAdmin", "canStar", "canDelete")
ANNOTATION_RIGHTS = {"canAdd": True, "canEdit": True, "canDelete": True}


def save(call: Call) -> Response:
    return saved(call, call.sim.boards.save(_request(call)))


def saved(call: Call, row: Row) -> Response:
    answer = {
        "id": row["id"],
        "slug": slug(row["title"]),
        "status": "success",
        "uid": row["uid"],
        "url": board_url(row),
        "version": row["version"],
    }
    if call.sim.profile.folder_uid_in_answers:
        answer["folderUid"] = row["folder_uid"]
    return json_answer(answer)


def _request(call: Call) -> Save:
    body = call.json()
    board, folder_uid = body.get("dashboard"), body.get("folderUid", "")
    overwrite, message = body.get("overwrite", False), body.get("message", "")
    types_ok = isinstance(board, dict) and isinstance(overwrite, bool)
    if not types_ok or not isinstance(folder_uid, str) or not isinstance(message, str):
        raise RefusedError(400, "bad request data")
    if body.get("isFolder"):
        raise NotSimulatedError("isFolder in POST /api/dashboards/db")
    if not folder_uid and body.get("folderId"):
        raise NotSimulatedError("folderId in POST /api/dashboards/db; use folderUid")
    return Save(t.cast("dict[str, t.Any]", board), call.login, folder_uid, message, overwrite)


def get(call: Call) -> Response:
    row = call.sim.boards.get(call.params["uid"])
    board = content(row)
    if "apiVersion" in board:
        raise RefusedError(
            406, f"dashboard api version not supported, use /apis/{board['apiVersion']}"
        )
    return json_answer({"dashboard": board, "meta": _meta(call, row)})


def _meta(call: Call, row: Row) -> dict[str, t.Any]:
    rights = {"dashboard": ANNOTATION_RIGHTS, "organization": ANNOTATION_RIGHTS}
    return {
        "type": "db",
        **dict.fromkeys(CAN, True),
        "slug": slug(row["title"]),
        "url": board_url(row),
        "expires": "0001-01-01T00:00:00Z",
        "created": row["created"],
        "updated": row["updated"],
        "createdBy": row["created_by"],
        "updatedBy": row["updated_by"],
        "version": row["version"],
        "hasAcl": False,
        "isFolder": bool(row["is_folder"]),
        **_folder(call, row, root_title="General"),
        "provisioned": call.sim.boards.is_locked(row),
        "provisionedExternalId": row["external_id"],
        "annotationsPermissions": rights,
    }


def _folder(call: Call, row: Row, root_title: str = "") -> dict[str, t.Any]:
    folder = call.sim.folders.find(row["folder_uid"]) if row["folder_uid"] else None
    if folder is None:
        return {"folderId": 0, "folderUid": "", "folderTitle": root_title, "folderUrl": ""}
    return {
        "folderId": folder["id"],
        "folderUid": folder["uid"],
        "folderTitle": folder["title"],
        "folderUrl": board_url(folder),
    }


def delete(call: Call) -> Response:
    row = call.sim.boards.delete(call.params["uid"])
    title = row["title"]
    answer = {"id": row["id"], "message": f"Dashboard {title} deleted", "title": title}
    if call.sim.profile.folder_uid_in_answers:
        answer["uid"] = row["uid"]
    return json_answer(answer)


def search(call: Call) -> Response:
    unknown = sorted(set(call.query) - SEARCH_FILTERS)
    if unknown:
        raise NotSimulatedError(f"search by {', '.join(unknown)}")
    limit, page = positive(call, "limit", DEFAULT_LIMIT), positive(call, "page", 1)
    if limit > MAX_LIMIT:
        raise RefusedError(422, LIMIT_MESSAGE)
    rows = call.sim.store.all("SELECT * FROM dashboard ORDER BY is_folder DESC, title")
    hits = [row for row in rows if _matches(call, row)]
    return json_answer([_hit(call, row) for row in hits[limit * (page - 1) : limit * page]])


LIMIT_MESSAGE = (
    f"Limit is above maximum allowed ({MAX_LIMIT}), use page parameter to access hits beyond limit"
)


def positive(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "")
    return int(text) if text.isdigit() and int(text) > 0 else default


def _matches(call: Call, row: Row) -> bool:
    kind = {"dash-db": 0, "dash-folder": 1}.get(call.query.get("type", ""), row["is_folder"])
    uids = call.query.getlist("dashboardUIDs") or [row["uid"]]
    folders = call.query.getlist("folderUIDs") if call.sim.profile.search_by_folder else []
    tags = content(row).get("tags") or []
    return (
        (row["folder_uid"] or "general") in (folders or [row["folder_uid"] or "general"])
        and row["is_folder"] == kind
        and row["uid"] in uids
        and call.query.get("query", "").lower() in row["title"].lower()
        and all(tag in tags for tag in call.query.getlist("tag"))
    )


def _hit(call: Call, row: Row) -> dict[str, t.Any]:
    board = content(row)
    hit = {
        "id": row["id"],
        "uid": row["uid"],
        "title": row["title"],
        "uri": f"db/{slug(row['title'])}",
        "url": board_url(row),
        "slug": "",
        "type": "dash-folder" if row["is_folder"] else "dash-db",
        "tags": [] if row["is_folder"] else board.get("tags") or [],
        "isStarred": False,
        "sortMeta": 0,
    }
    return {**hit, **_folder(call, row)} if row["folder_uid"] else hit


ROUTES = [
    Entry("POST", "/api/dashboards/db", save),
    Entry("GET", "/api/dashboards/uid/{uid}", get),
    Entry("DELETE", "/api/dashboards/uid/{uid}", delete),
    Entry("GET", "/api/search", search),
]
