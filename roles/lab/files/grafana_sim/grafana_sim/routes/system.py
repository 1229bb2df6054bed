# SPDX-License-Identifier: GPL-3.0-or-later
"""Health, login, organisation, administration, metrics."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from .. import NAME
from ..answers import NotSimulatedError, RefusedError, json_answer
from ..auth import COOKIE
from ..calls import Call, Entry
from ..provisioning import ProvisioningError

ORGANISATION = {"id": 1, "name": "Main Org."}
ADDRESS = {"address1": "", "address2": "", "city": "", "zipCode": "", "state": "", "country": ""}


def health(call: Call) -> Response:
    call.sim.store.count("account")
    return json_answer(
        {"commit": NAME, "database": "ok", "version": call.sim.profile.version}, indent=2
    )


def healthz(_call: Call) -> Response:
    return PlainTextResponse("Ok")


def login(call: Call) -> Response:
    body = call.json()
    token = call.sim.accounts.open_session(str(body.get("user")), str(body.get("password")))
    answer = json_answer({"message": "Logged in"})
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax")
    return answer


def organisation(_call: Call) -> Response:
    return json_answer({**ORGANISATION, "address": ADDRESS})


def organisation_by_name(call: Call) -> Response:
    if call.params["name"] != ORGANISATION["name"]:
        raise RefusedError(404, "Organization not found")
    return organisation(call)


def user(call: Call) -> Response:
    return json_answer(
        {"id": 1, "login": call.login, "orgId": 1, "isGrafanaAdmin": True, "isDisabled": False}
    )


def organisations(_call: Call) -> Response:
    return json_answer([{"orgId": 1, "name": ORGANISATION["name"], "role": "Admin"}])


def use_organisation(call: Call) -> Response:
    if call.params["id"] != ORGANISATION["id"]:
        raise RefusedError(401, "Not a valid organization")
    return json_answer({"message": "Active organization changed"})


def frontend_settings(call: Call) -> Response:
    """Of all that is in it only the version, which some clients look for here."""
    return json_answer({"buildInfo": {"commit": NAME, "version": call.sim.profile.version}})


def set_password(call: Call) -> Response:
    if call.params["id"] != 1:
        raise RefusedError(500, "Could not read user from database")
    call.sim.accounts.set_password(1, str(call.json().get("password") or ""))
    return json_answer({"message": "User password updated"})


def reload(call: Call) -> Response:
    kind = call.params["kind"]
    load = {
        "dashboards": call.sim.provisioner.load_dashboards,
        "datasources": call.sim.provisioner.load_datasources,
    }.get(kind)
    if load is None:
        raise NotSimulatedError(f"provisioning of {kind}")
    try:
        load()
    except ProvisioningError as error:
        raise RefusedError(500, str(error)) from error
    return json_answer({"message": f"{kind.capitalize()} config reloaded"})


def metrics(call: Call) -> Response:
    store = call.sim.store
    counts = {
        "dashboard": store.count("dashboard", "NOT is_folder"),
        "folder": store.count("dashboard", "is_folder"),
    }
    text = call.sim.metrics.text(counts)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


ROUTES = [
    Entry("GET", "/api/health", health, open=True),
    Entry("GET", "/healthz", healthz, open=True),
    Entry("GET", "/metrics", metrics, open=True),
    Entry("POST", "/login", login, open=True),
    Entry("GET", "/api/org", organisation),
    Entry("GET", "/api/orgs/name/{name}", organisation_by_name),
    Entry("GET", "/api/user", user),
    Entry("GET", "/api/user/orgs", organisations),
    Entry("POST", "/api/user/using/{id:int}", use_organisation),
    Entry("GET", "/api/frontend/settings", frontend_settings),
    Entry("PUT", "/api/admin/users/{id:int}/password", set_password),
    Entry("POST", "/api/admin/provisioning/{kind}/reload", reload),
]
