# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources by uid and name; by number only to read."""

from __future__ import annotations

import typing as t

from starlette.responses import Response

from ..answers import RefusedError, json_answer
from ..calls import Call, Entry
from ..datasources import health, shown
from ..store import Row

NOT_IN_LIST = ("version", "secureJsonFields", "basicAuthUser", "withCredentials")


def _saved(row: Row, message: str) -> Response:
    return json_answer(
        {"datasource": shown(row), "id": row["id"], "message": message, "name": row["name"]}
    )


def _listed(row: Row) -> dict[str, t.Any]:
    source = {key: value for key, value in shown(row).items() if key not in NOT_IN_LIST}
    return {**source, "typeName": source["type"].capitalize()}


def listing(call: Call) -> Response:
    return json_answer([_listed(row) for row in call.sim.datasources.all()])


def create(call: Call) -> Response:
    return _saved(call.sim.datasources.create(call.json()), "Datasource added")


def _by_uid(call: Call) -> Row:
    return call.sim.datasources.get("uid", call.params["uid"])


def get(call: Call) -> Response:
    return json_answer(shown(_by_uid(call)))


def get_by_name(call: Call) -> Response:
    return json_answer(shown(call.sim.datasources.get("name", call.params["name"])))


def get_id_by_name(call: Call) -> Response:
    return json_answer({"id": call.sim.datasources.get("name", call.params["name"])["id"]})


def get_by_id(call: Call) -> Response:
    if not call.sim.profile.datasource_by_number:
        raise RefusedError(404, "Not found")
    return json_answer(shown(call.sim.datasources.get("id", call.params["id"])))


def update(call: Call) -> Response:
    row = _by_uid(call)
    if row["read_only"]:
        raise RefusedError(403, "Cannot update read-only data source")
    return _saved(call.sim.datasources.update(row, call.json()), "Datasource updated")


def delete(call: Call) -> Response:
    row = _by_uid(call)
    call.sim.datasources.delete(row)
    return json_answer({"message": "Data source deleted"})


def check(call: Call) -> Response:
    status, body = health(_by_uid(call))
    return json_answer(body, status)


ROUTES = [
    Entry("GET", "/api/datasources", listing),
    Entry("POST", "/api/datasources", create),
    Entry("GET", "/api/datasources/name/{name}", get_by_name),
    Entry("GET", "/api/datasources/id/{name}", get_id_by_name),
    Entry("GET", "/api/datasources/uid/{uid}", get),
    Entry("PUT", "/api/datasources/uid/{uid}", update),
    Entry("DELETE", "/api/datasources/uid/{uid}", delete),
    Entry("GET", "/api/datasources/uid/{uid}/health", check),
    Entry("GET", "/api/datasources/{id:int}", get_by_id),
]
