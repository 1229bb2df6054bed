# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to a board beside itself: its versions, its permissions, library panels."""

from __future__ import annotations

import json

from starlette.responses import Response

from ..answers import RefusedError, json_answer
from ..boards import Save, checked_uid, slug
from ..calls import Call, Entry
from ..history import shown, stored
from ..store import new_uid, packed
from .dashboards import saved


def versions(call: Call) -> Response:
    board = call.sim.boards.get(call.params["uid"])
    rows = call.sim.history.all(board)
    limit = call.query.get("limit", "")
    rows = rows[: int(limit)] if limit.isdigit() and int(limit) else rows
    found = [shown(board, row) for row in rows]
    if call.sim.profile.versions_in_mapping:
        return json_answer({"continueToken": "", "versions": found})
    return json_answer(found)


def version(call: Call) -> Response:
    board = call.sim.boards.get(call.params["uid"])
    row = call.sim.history.get(board, call.params["version"])
    return json_answer({**shown(board, row), "data": stored(board, row)})


def restore(call: Call) -> Response:
    """Never a conflict: it asks for no version of the present board."""
    board = call.sim.boards.get(call.params["uid"])
    number = call.json().get("version")
    row = call.sim.history.get(board, number if isinstance(number, int) else 0)
    request = Save(
        stored(board, row),
        call.login,
        board["folder_uid"],
        f"Restored from version {row['version']}",
        overwrite=True,
    )
    return saved(call, call.sim.boards.save(request))


def permissions(call: Call) -> Response:
    return json_answer(call.sim.permissions.of(call.sim.boards.get(call.params["uid"])))


def set_permissions(call: Call) -> Response:
    row = call.sim.boards.get(call.params["uid"])
    call.sim.permissions.replace(row, call.json().get("items", []))
    return json_answer({"message": "Dashboard permissions updated"})


def folder_permissions(call: Call) -> Response:
    return json_answer(call.sim.permissions.of(call.sim.folders.get(call.params["uid"])))


def set_folder_permissions(call: Call) -> Response:
    row = call.sim.folders.get(call.params["uid"])
    call.sim.permissions.replace(row, call.json().get("items", []))
    answer = {"id": row["id"], "message": "Folder permissions updated", "title": row["title"]}
    return json_answer(answer)


def create_library_panel(call: Call) -> Response:
    body = call.json()
    uid = checked_uid(str(body.get("uid") or "")) or new_uid()
    if call.sim.store.one("SELECT id FROM library_panel WHERE uid = ?", uid):
        raise RefusedError(400, "library element with that name or UID already exists")
    call.sim.store.insert("library_panel", {"uid": uid, "data": packed(body)})
    return json_answer({"result": {**body, "uid": uid}})


def library_panel(call: Call) -> Response:
    row = call.sim.store.one("SELECT * FROM library_panel WHERE uid = ?", call.params["uid"])
    if row is None:
        raise RefusedError(404, "library element could not be found")
    data = json.loads(row["data"])
    return json_answer({"result": {**data, "uid": row["uid"], "slug": slug(data.get("name", ""))}})


ROUTES = [
    Entry("GET", "/api/dashboards/uid/{uid}/versions", versions),
    Entry("GET", "/api/dashboards/uid/{uid}/versions/{version:int}", version),
    Entry("POST", "/api/dashboards/uid/{uid}/restore", restore),
    Entry("GET", "/api/dashboards/uid/{uid}/permissions", permissions),
    Entry("POST", "/api/dashboards/uid/{uid}/permissions", set_permissions),
    Entry("GET", "/api/folders/{uid}/permissions", folder_permissions),
    Entry("POST", "/api/folders/{uid}/permissions", set_folder_permissions),
    Entry("POST", "/api/library-elements", create_library_panel),
    Entry("GET", "/api/library-elements/{uid}", library_panel),
]
