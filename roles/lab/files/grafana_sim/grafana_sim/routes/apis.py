# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards of the newer model by /apis: what is stored as one model is not converted into the other."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from ..answers import NotSimulatedError, RefusedError, json_answer
from ..boards import Save, content
from ..calls import Call, Entry
from ..store import Row

GROUP = "dashboard.grafana.app"
FOLDER, MESSAGE = "grafana.app/folder", "grafana.app/message"
MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def _status(code: int, reason: str, message: str) -> RefusedError:
    more = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "metadata": {}}
    error = RefusedError(code, message, **more, reason=reason)
    error.body["code"] = code
    return error


def group(call: Call) -> Response:
    versions = call.sim.profile.apis
    if not versions:
        raise RefusedError(404, "Not found")
    named = [{"groupVersion": f"{GROUP}/{version}", "version": version} for version in versions]
    return json_answer(
        {
            "kind": "APIGroup",
            "apiVersion": "v1",
            "name": GROUP,
            "versions": named,
            "preferredVersion": named[0],
        }
    )


def _version(call: Call) -> str:
    version = call.params["version"]
    if version not in call.sim.profile.apis:
        raise RefusedError(404, "the server could not find the requested resource")
    if call.params["space"] != "default":
        raise NotSimulatedError(f"namespace {call.params['space']}; there is only organisation 1")
    if not version.startswith("v2"):
        raise NotSimulatedError(f"boards of the classic model by /apis ({version})")
    return f"{GROUP}/{version}"


def _find(call: Call, uid: str) -> Row | None:
    row = call.sim.boards.find(uid)
    if row is not None and "apiVersion" not in content(row):
        raise NotSimulatedError(f"converting board {uid} into the newer model")
    return row


def _resource(row: Row, version: str) -> dict[str, t.Any]:
    board = content(row)
    spec = {k: v for k, v in board.items() if k not in ("apiVersion", "uid", "id", "version")}
    notes = {
        FOLDER: row["folder_uid"],
        MESSAGE: row["message"],
        "grafana.app/updatedTimestamp": row["updated"],
        "grafana.app/updatedBy": row["updated_by"],
    }
    metadata = {
        "name": row["uid"],
        "namespace": "default",
        "generation": row["version"],
        "resourceVersion": f"{row['version']}000{row['id']}",
        "creationTimestamp": row["created"],
        "annotations": {key: value for key, value in notes.items() if value},
    }
    return {"kind": "Dashboard", "apiVersion": version, "metadata": metadata, "spec": spec}


def get(call: Call) -> Response:
    version, uid = _version(call), call.params["uid"]
    row = _find(call, uid)
    if row is None:
        raise _status(404, "NotFound", f'dashboards.{GROUP} "{uid}" not found')
    return json_answer(_resource(row, version))


def create(call: Call) -> Response:
    version, body = _version(call), call.json()
    name = body["metadata"]["name"]
    if _find(call, name) is not None:
        raise _status(409, "AlreadyExists", f'dashboards.{GROUP} "{name}" already exists')
    return json_answer(_resource(_save(call, version, body, name), version), 201)


def update(call: Call) -> Response:
    version, body, uid = _version(call), call.json(), call.params["uid"]
    row = _find(call, uid)
    posted = body["metadata"].get("resourceVersion")
    stored = _resource(row, version)["metadata"]["resourceVersion"] if row is not None else None
    if posted and posted != stored:
        message = f'Operation cannot be fulfilled on dashboards.{GROUP} "{uid}": {MODIFIED}'
        raise _status(409, "Conflict", message)
    return json_answer(_resource(_save(call, version, body, uid), version))


def _save(call: Call, version: str, body: dict[str, t.Any], uid: str) -> Row:
    notes = body["metadata"].get("annotations") or {}
    board = {**body["spec"], "apiVersion": version, "uid": uid}
    folder, message = notes.get(FOLDER, ""), notes.get(MESSAGE, "")
    return call.sim.boards.save(Save(board, call.login, folder, message, overwrite=True))


DASHBOARDS = f"/apis/{GROUP}/{{version}}/namespaces/{{space}}/dashboards"
ROUTES = [
    Entry("GET", f"/apis/{GROUP}", group),
    Entry("POST", DASHBOARDS, create),
    Entry("GET", DASHBOARDS + "/{uid}", get),
    Entry("PUT", DASHBOARDS + "/{uid}", update),
]
