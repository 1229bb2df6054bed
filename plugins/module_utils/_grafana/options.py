# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The options that everything about Grafana shares, and the connection they describe."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.basic import env_fallback
from ansible_collections.mlops.infra.plugins.module_utils._checks import (
    LONGEST,
    existing,
    header,
    split,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

CONNECTION_SPEC: dict[str, dict[str, t.Any]] = {
    "url": {
        "type": "str",
        "aliases": ["grafana_url"],
        "default": "http://127.0.0.1:3000",
        "fallback": (env_fallback, ["GRAFANA_URL"]),
    },
    "username": {
        "type": "str",
        "aliases": ["url_username", "grafana_user"],
        "fallback": (env_fallback, ["GRAFANA_USER"]),
    },
    "password": {
        "type": "str",
        "no_log": True,
        "aliases": ["url_password", "grafana_password"],
        "fallback": (env_fallback, ["GRAFANA_PASSWORD"]),
    },
    "token": {
        "type": "str",
        "no_log": True,
        "aliases": ["grafana_api_key", "api_key"],
        "fallback": (env_fallback, ["GRAFANA_TOKEN"]),
    },
    "org_id": {"type": "int"},
    "org_name": {"type": "str"},
    "use_proxy": {"type": "bool", "default": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "timeout": {"type": "float", "default": 30.0},
    "wait_timeout": {"type": "float", "default": 30.0},
}


MUTUALLY_EXCLUSIVE = [("org_id", "org_name")]


@dataclasses.dataclass(frozen=True)
class Connection:
    """Where Grafana is and how to speak to it."""

    url: str
    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    token: str | None = dataclasses.field(default=None, repr=False)
    org_id: int | None = None
    org_name: str | None = None
    use_proxy: bool = True
    verify: bool | str = True
    cert: t.Any = None
    timeout: float = 30.0
    wait_timeout: float = 30.0


def connection(params: t.Mapping[str, t.Any]) -> Connection:
    """The connection that checked module parameters describe."""
    _check_credentials(params)
    return Connection(
        url=_checked_url(params["url"]),
        username=params.get("username"),
        password=params.get("password"),
        token=header("token", params.get("token") or "") or None,
        org_id=params.get("org_id"),
        org_name=params.get("org_name"),
        use_proxy=params.get("use_proxy", True),
        verify=_verify(params),
        cert=_client_certificate(params),
        timeout=_seconds(params, "timeout", smallest=0.1),
        wait_timeout=_seconds(params, "wait_timeout", smallest=0.0),
    )


def _check_credentials(params: t.Mapping[str, t.Any]) -> None:
    """There is no default password: a guessed one would only look like a wrong one."""
    if not params.get("token") and not (params.get("username") and params.get("password")):
        raise UserError(
            "No credentials for Grafana: set 'token', or 'username' and 'password' "
            "(environment: GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD)."
        )


def _checked_url(url: str) -> str:
    if "@" in url:
        raise UserError("The url holds credentials: use 'username' and 'password' instead.")
    parts = split(url)
    if not parts or parts.scheme not in ("http", "https") or parts.query:
        raise UserError(f"The url {url!r} is not one: write http://HOST:3000 or https://HOST.")
    return url.rstrip("/")


def _client_certificate(params: t.Mapping[str, t.Any]) -> t.Any:
    cert, key = params.get("client_cert"), params.get("client_key")
    if key and not cert:
        raise UserError("client_key needs client_cert as well.")
    if not cert:
        return None
    existing("client_cert", cert)
    return (cert, existing("client_key", key)) if key else cert


def _verify(params: t.Mapping[str, t.Any]) -> bool | str:
    if not params["validate_certs"]:
        return False
    path = params.get("ca_path")
    return existing("ca_path", path) if path else True


def _seconds(params: t.Mapping[str, t.Any], name: str, smallest: float) -> float:
    value = float(params[name])
    if not smallest <= value <= LONGEST:
        raise UserError(
            f"{name} must be at least {smallest:g} seconds and at most {LONGEST:g}, not {value:g}."
        )
    return value
