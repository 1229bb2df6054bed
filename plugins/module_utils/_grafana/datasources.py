# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A data source as it has to be, from the options and from what the server has. Pure.

What no option names stays as it is. Secrets never come back: the server only says which there are.
"""

from __future__ import annotations

import hashlib
import re
import typing as t

from .._errors import ApiError, UserError
from . import diff, explain

Json = t.Dict[str, t.Any]
Params = t.Mapping[str, t.Any]
# Options that are one field of the data source.
FIELDS = {
    "name": "name",
    "type": "type",
    "datasource_url": "url",
    "access": "access",
    "database": "database",
    "user": "user",
    "with_credentials": "withCredentials",
    "is_default": "isDefault",
    "basic_auth_user": "basicAuthUser",
}
SECRETS = {
    "database_password": "password",
    "basic_auth_password": "basicAuthPassword",
    "tls_client_cert": "tlsClientCert",
    "tls_client_key": "tlsClientKey",
    "tls_ca_cert": "tlsCACert",
}
# What only the server sets, and what it does not take back.
OWN = ("id", "orgId", "typeLogoUrl", "typeName", "readOnly", "secureJsonFields", "accessControl")
NEW: Json = {"access": "proxy", "isDefault": False, "jsonData": {}}
UNKNOWN = (404, 405, 501)


def derived_uid(name: str) -> str:
    """The uid of a new data source without one: the same name always gives the same one."""
    text = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if len(text) > 40 or not text:
        return f"{text[:27]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}".lstrip("-")
    return text


def secrets(params: Params) -> dict[str, str]:
    """All secrets that the options name, by the server's names for them."""
    named = {key: params[option] for option, key in SECRETS.items() if params[option]}
    return {**(params["secure_json_data"] or {}), **named}


def wanted(params: Params, observed: Json | None) -> Json:
    """The whole data source, without secrets."""
    base = {key: v for key, v in (observed or NEW).items() if key not in OWN}
    fields = {key: params[option] for option, key in FIELDS.items() if params[option] is not None}
    if params["basic_auth_user"] is not None:
        fields["basicAuth"] = bool(params["basic_auth_user"])
    result = {**base, **fields, "jsonData": _json_data(params, base.get("jsonData") or {})}
    if observed is None:
        result["uid"] = params["uid"] or derived_uid(params["name"])
        _refuse_incomplete(result)
    return result


def _json_data(params: Params, stored: Json) -> Json:
    """C(json_data) is the whole of it; the options that are a part of it are put on top."""
    result = dict(stored if params["json_data"] is None else params["json_data"])
    if params["time_interval"] is not None:
        result["timeInterval"] = params["time_interval"]
    if params["tls_skip_verify"] is not None:
        result["tlsSkipVerify"] = params["tls_skip_verify"]
    if params["tls_servername"] is not None:
        result["serverName"] = params["tls_servername"]
    if params["tls_client_cert"] and params["tls_client_key"]:
        result["tlsAuth"] = True
    if params["tls_ca_cert"]:
        result["tlsAuthWithCACert"] = True
    return result


def _refuse_incomplete(source: Json) -> None:
    for option, key in (("name", "name"), ("type", "type")):
        if not source.get(key):
            raise UserError(f"A new data source needs the option '{option}'.")


def missing_secrets(params: Params, observed: Json | None) -> dict[str, str]:
    """What has to be sent: what the server has not got, or everything where that is asked for."""
    there = (observed or {}).get("secureJsonFields") or {}
    return {
        key: value
        for key, value in secrets(params).items()
        if params["update_secrets"] or not there.get(key)
    }


def changes(before: Json | None, after: Json | None, sent: t.Iterable[str]) -> list[str]:
    if before is None or after is None:
        return [] if before is after else ["removed" if after is None else "created"]
    return diff.changes(shown(before), shown(after)) + [
        f"secret {key}: set" for key in sorted(sent)
    ]


def shown(source: Json | None) -> Json | None:
    """What is compared: absent and empty mean the same to Grafana."""
    if source is None:
        return None
    left_out = (*OWN, "version", "apiVersion")
    return {
        key: value
        for key, value in source.items()
        if key not in left_out and value not in (None, "", {}) and value is not False
    }


def refuse_provisioned(source: Json, verb: str) -> None:
    if source.get("readOnly"):
        raise UserError(
            f"Cannot {verb} data source {source.get('name')}: Grafana provisions it from a file on "
            "its own host. Change that file, or use another uid."
        )


def health(answer: Json | ApiError) -> Json:
    """OK, ERROR, or UNKNOWN for a plugin that has no such check."""
    if not isinstance(answer, ApiError):
        status = str(answer.get("status") or "UNKNOWN").upper()
        return {"status": status, "message": str(answer.get("message") or "")}
    status = "UNKNOWN" if answer.status in UNKNOWN else "ERROR"
    return {"status": status, "message": explain.said(answer)}
