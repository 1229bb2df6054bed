# SPDX-License-Identifier: GPL-3.0-or-later
"""Service accounts with their tokens, teams, and users by their login."""

from __future__ import annotations

from starlette.responses import Response

from ..answers import RefusedError, json_answer
from ..calls import Call, Entry
from ..serviceaccounts import shown, shown_token


def search(call: Call) -> Response:
    rows = call.sim.service_accounts.search(call.query.get("query", ""))
    accounts = [{**shown(row), "tokens": len(_tokens(call, row["id"]))} for row in rows]
    return json_answer(
        {"totalCount": len(rows), "serviceAccounts": accounts, "page": 1, "perPage": 1000}
    )


def _tokens(call: Call, number: int) -> list[dict[str, object]]:
    return [shown_token(row) for row in call.sim.service_accounts.tokens(number)]


def create(call: Call) -> Response:
    return json_answer(shown(call.sim.service_accounts.create(call.json())), 201)


def update(call: Call) -> Response:
    row = call.sim.service_accounts.update(call.params["id"], call.json())
    return json_answer(
        {
            "id": row["id"],
            "message": "Service account updated",
            "name": row["name"],
            "serviceaccount": shown(row),
        }
    )


def delete(call: Call) -> Response:
    call.sim.service_accounts.delete(call.params["id"])
    return json_answer({"message": "Service account deleted"})


def tokens(call: Call) -> Response:
    return json_answer(_tokens(call, call.params["id"]))


def create_token(call: Call) -> Response:
    body = call.json()
    number, key = call.sim.service_accounts.create_token(call.params["id"], body)
    return json_answer({"id": number, "name": body.get("name"), "key": key})


def delete_token(call: Call) -> Response:
    call.sim.service_accounts.delete_token(call.params["id"], call.params["token"])
    return json_answer({"message": "Service account token deleted"})


def create_team(call: Call) -> Response:
    name = str(call.json().get("name") or "")
    if call.sim.store.one("SELECT id FROM team WHERE name = ?", name):
        raise RefusedError(409, "Team name taken")
    number = call.sim.store.insert("team", {"name": name})
    return json_answer({"teamId": number, "message": "Team created"})


def teams(call: Call) -> Response:
    rows = call.sim.store.all("SELECT * FROM team ORDER BY name")
    name = call.query.get("name", "")
    hits = [{"id": row["id"], "orgId": 1, "name": row["name"]} for row in rows]
    hits = [hit for hit in hits if name in ("", hit["name"])]
    return json_answer({"totalCount": len(hits), "teams": hits, "page": 1, "perPage": 1000})


def users(call: Call) -> Response:
    text = call.query.get("query", "").lower()
    rows = call.sim.store.all("SELECT id, login FROM account ORDER BY login")
    found = [{"userId": row["id"], "login": row["login"], "avatarUrl": ""} for row in rows]
    return json_answer([user for user in found if text in user["login"].lower()])


ROUTES = [
    Entry("GET", "/api/serviceaccounts/search", search),
    Entry("POST", "/api/serviceaccounts", create),
    Entry("PATCH", "/api/serviceaccounts/{id:int}", update),
    Entry("DELETE", "/api/serviceaccounts/{id:int}", delete),
    Entry("GET", "/api/serviceaccounts/{id:int}/tokens", tokens),
    Entry("POST", "/api/serviceaccounts/{id:int}/tokens", create_token),
    Entry("DELETE", "/api/serviceaccounts/{id:int}/tokens/{token:int}", delete_token),
    Entry("POST", "/api/teams", create_team),
    Entry("GET", "/api/teams/search", teams),
    Entry("GET", "/api/org/users/lookup", users),
]
