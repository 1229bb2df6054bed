# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The options by which every Nomad module reaches its server."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ansible.module_utils.basic import env_fallback

from .._checks import existing, header, split, timeout
from .._errors import UserError

DEFAULT_ADDRESS = "http://127.0.0.1:4646"
DEFAULT_PORT = 4646

CONNECTION_OPTIONS: dict[str, dict[str, t.Any]] = {
    "address": {"type": "str", "aliases": ["addr"]},
    "host": {"type": "str"},
    "port": {"type": "int", "default": DEFAULT_PORT},
    "use_ssl": {"type": "bool", "default": True},
    "token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["NOMAD_TOKEN"])},
    "namespace": {"type": "str"},
    "region": {"type": "str"},
    "ca_path": {"type": "path", "fallback": (env_fallback, ["NOMAD_CACERT"])},
    "client_cert": {"type": "path", "fallback": (env_fallback, ["NOMAD_CLIENT_CERT"])},
    "client_key": {
        "type": "path",
        "no_log": False,
        "fallback": (env_fallback, ["NOMAD_CLIENT_KEY"]),
    },
    "tls_server_name": {"type": "str", "fallback": (env_fallback, ["NOMAD_TLS_SERVER_NAME"])},
    "validate_certs": {"type": "bool"},
    "timeout": {"type": "int", "default": 30},
}
# How long a wait lasts by default is each module's own.
WAIT_OPTIONS: dict[str, dict[str, t.Any]] = {
    "wait": {"type": "bool", "default": True},
    "on_unplaceable": {"type": "str", "choices": ["fail", "wait"], "default": "fail"},
    "log_lines": {"type": "int", "default": 20},
}
MUTUALLY_EXCLUSIVE = [("address", "host")]
REQUIRED_TOGETHER = [("client_cert", "client_key")]


@dataclass(frozen=True)
class Connection:
    """Where a server is and how it is spoken to, without any option left open."""

    address: str
    token: str
    namespace: str
    region: str
    verify: bool | str
    cert: tuple[str, ...]
    tls_server_name: str
    timeout: float


def connection(params: t.Mapping[str, t.Any], env: t.Mapping[str, str] | None = None) -> Connection:
    """The options and the environment as one C(Connection)."""
    env = os.environ if env is None else env
    return Connection(
        address=_address(params, env),
        token=header("token", params["token"] or ""),
        namespace=params["namespace"] or env.get("NOMAD_NAMESPACE", ""),
        region=params["region"] or env.get("NOMAD_REGION", ""),
        verify=_verify(params, env),
        cert=_cert(params),
        tls_server_name=params["tls_server_name"] or "",
        timeout=timeout(params["timeout"]),
    )


def _address(params: t.Mapping[str, t.Any], env: t.Mapping[str, str]) -> str:
    address = params["address"] or env.get("NOMAD_ADDR") or DEFAULT_ADDRESS
    if params["host"]:
        scheme = "https" if params["use_ssl"] else "http"
        address = f"{scheme}://{params['host']}:{params['port']}"
    parts = split(address)
    if not parts or parts.scheme not in ("http", "https") or parts.query:
        raise UserError(
            f"address: {address!r} is not the URL of a Nomad server. Write the scheme, the host and"
            f" the port, as in {DEFAULT_ADDRESS}."
        )
    return str(address).rstrip("/")


def _verify(params: t.Mapping[str, t.Any], env: t.Mapping[str, str]) -> bool | str:
    wanted = params["validate_certs"]
    if wanted is None:
        wanted = env.get("NOMAD_SKIP_VERIFY", "").lower() not in ("1", "t", "true")
    path = params["ca_path"]
    return (existing("ca_path", path) if path else True) if wanted else False


def _cert(params: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    cert, key = params["client_cert"], params["client_key"]
    # Required together of modules, which count what is null as given, and of plugins not at all.
    if bool(cert) != bool(key):
        raise UserError(
            "client_cert and client_key (NOMAD_CLIENT_CERT, NOMAD_CLIENT_KEY) belong together: give"
            " both of them."
        )
    return (existing("client_cert", cert), existing("client_key", key)) if cert else ()
