# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The options that everything about Consul shares, and what they mean together with the
environment variables of Consul's own command line."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t
import urllib.parse

from ansible_collections.mlops.infra.plugins.module_utils._checks import (
    existing,
    header,
    split,
    timeout,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

DEFAULT_PORTS = {"http": 8500, "https": 8501}
CONNECTION_SPEC: dict[str, dict[str, t.Any]] = {
    "address": {"type": "str", "aliases": ["addr"]},
    "host": {"type": "str"},
    "port": {"type": "int"},
    "scheme": {"type": "str", "choices": ["http", "https"]},
    "token": {"type": "str", "no_log": True},
    "token_file": {"type": "path", "no_log": False},
    "http_auth": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool"},
    "ca_cert": {"type": "path", "aliases": ["ca_path"]},
    "tls_server_name": {"type": "str"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "timeout": {"type": "float", "default": 30.0},
    "datacenter": {"type": "str", "aliases": ["dc"]},
    "namespace": {"type": "str", "aliases": ["ns"]},
    "partition": {"type": "str"},
    "consistency": {
        "type": "str",
        "choices": ["default", "consistent", "stale"],
        "default": "consistent",
    },
}


@dataclasses.dataclass(frozen=True)
class Connection:
    """Where Consul is and how to speak to it. C(socket) is a path and replaces host and port."""

    host: str = "localhost"
    port: int = 8500
    scheme: str = "http"
    socket: str = ""
    token: t.Optional[str] = dataclasses.field(default=None, repr=False)
    auth: t.Optional[t.Tuple[str, str]] = dataclasses.field(default=None, repr=False)
    verify: t.Union[bool, str] = True
    server_name: str = ""
    cert: t.Optional[t.Tuple[str, str]] = None
    timeout: float = 30.0
    consistency: str = "consistent"
    scope: t.Tuple[t.Tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        if self.socket:
            return f"unix://{self.socket}"
        return f"{self.scheme}://{self.host}:{self.port}"


def connection(params: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> Connection:
    """An option wins over its variable, a variable over the default."""
    return Connection(
        **_place(params, environ),
        token=header("token", _token(params, environ)) or None,
        auth=_auth(params.get("http_auth") or environ.get("CONSUL_HTTP_AUTH", "")),
        verify=_verify(params, environ),
        server_name=_server_name(params, environ),
        cert=_cert(params, environ),
        timeout=timeout(params["timeout"]),
        consistency=params["consistency"],
        scope=_scope(params, environ),
    )


def _place(params: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> dict[str, t.Any]:
    """CONSUL_HTTP_ADDR says nothing about an agent that the task names by C(host) or C(port)."""
    named = {k: params[k] for k in ("host", "port", "scheme") if params.get(k) is not None}
    address = params.get("address") or ""
    if address and named:
        raise UserError(f"address and {', '.join(named)} say the same thing: use address alone.")
    if not address and not {"host", "port"} & set(named):
        address = environ.get("CONSUL_HTTP_ADDR", "")
    if not 0 < named.get("port", 1) < 65536:
        raise UserError(f"port is {named['port']}: write a number from 1 to 65535.")
    if "host" in named:
        named["host"] = _host(named["host"])
    place = _parsed(address, bool(_truth(environ, "CONSUL_HTTP_SSL")))
    return {**place, **named}


def _host(text: str) -> str:
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not _is_host(host) or (":" in host and not _is_ipv6(host)):
        raise UserError(
            f"host is {text!r}: write a name or an IP address alone; port and scheme are options."
        )
    return f"[{host}]" if ":" in host else host


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _parsed(address: str, ssl: bool) -> dict[str, t.Any]:
    """C(ssl) is what an address without a scheme means."""
    if not address:
        return {"scheme": "https"} if ssl else {}
    if address.startswith("unix://") and len(address) > len("unix://"):
        return {"socket": address[len("unix://") :]}
    if "@" in address:
        raise UserError("The address of Consul holds credentials: use http_auth instead.")
    scheme = "https" if ssl else "http"
    url = split(address if "://" in address else f"{scheme}://{address}")
    more = url and (url.path.strip("/") or url.query or url.fragment or not _is_host(url.hostname))
    if not url or more or url.scheme not in DEFAULT_PORTS:
        raise UserError(
            f"The address {address!r} of Consul is not understood: write http://host:port, "
            "https://host:port, host:port or unix:///path."
        )
    port = url.port or DEFAULT_PORTS[url.scheme]
    return {"scheme": url.scheme, "host": _bracketed(url), "port": port}


def _bracketed(url: urllib.parse.SplitResult) -> str:
    host = url.hostname or ""
    return f"[{host}]" if ":" in host else host


def _is_host(host: t.Optional[str]) -> bool:
    """A name or an address: nothing that would begin another part of a URL."""
    return bool(host) and not set(host or "") & set("/?#@[] \\")


def _truth(environ: t.Mapping[str, str], name: str) -> t.Optional[bool]:
    text = environ.get(name, "").lower()
    return text in ("1", "t", "true") if text else None


def _token(params: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> str:
    """As in Consul's own clients a token file wins over a token, if both are variables."""
    if params.get("token"):
        return str(params["token"])
    path = params.get("token_file") or environ.get("CONSUL_HTTP_TOKEN_FILE")
    if not path:
        return environ.get("CONSUL_HTTP_TOKEN", "")
    try:
        with open(path, encoding="utf-8") as handle:
            return handle.read().strip()
    except (OSError, ValueError) as exc:
        raise UserError(f"token_file {path} cannot be read: {exc}.") from exc


def _auth(text: str) -> t.Optional[t.Tuple[str, str]]:
    user, _colon, password = text.partition(":")
    return (user, password) if text else None


def _verify(params: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> t.Union[bool, str]:
    verify = params.get("validate_certs")
    if verify is None:
        verify = _truth(environ, "CONSUL_HTTP_SSL_VERIFY")
    if verify is False:
        return False
    path = params.get("ca_cert") or environ.get("CONSUL_CACERT") or environ.get("CONSUL_CAPATH")
    return existing("ca_cert", path) if path else True


def _server_name(params: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> str:
    name = params.get("tls_server_name") or environ.get("CONSUL_TLS_SERVER_NAME", "")
    if name and not _is_host(name):
        raise UserError(f"tls_server_name is {name!r}: write a name that the certificate has.")
    return name


def _cert(
    params: t.Mapping[str, t.Any], environ: t.Mapping[str, str]
) -> t.Optional[t.Tuple[str, str]]:
    cert = params.get("client_cert") or environ.get("CONSUL_CLIENT_CERT")
    key = params.get("client_key") or environ.get("CONSUL_CLIENT_KEY")
    if bool(cert) != bool(key):
        raise UserError("client_cert and client_key go together: one of the two is missing.")
    if not cert or not key:
        return None
    return existing("client_cert", cert), existing("client_key", key)


def _scope(
    params: t.Mapping[str, t.Any], environ: t.Mapping[str, str]
) -> t.Tuple[t.Tuple[str, str], ...]:
    scope = {
        "dc": params.get("datacenter"),
        "ns": params.get("namespace") or environ.get("CONSUL_NAMESPACE"),
        "partition": params.get("partition") or environ.get("CONSUL_PARTITION"),
    }
    return tuple((name, value) for name, value in scope.items() if value)
