# SPDX-License-Identifier: GPL-3.0-or-later
"""What the configuration says of TLS, as contexts: of this server, and of a client of Consul."""

from __future__ import annotations

import ssl
import typing as t

from .config import AgentConfig, ConfigError
from .shapes import Data


def server_context(tls: Data) -> ssl.SSLContext:
    """C(tls): the block of the configuration; its paths are looked at when the agent starts."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(tls["cert_file"], tls["key_file"])
        if tls.get("verify_https_client"):
            context.load_verify_locations(tls["ca_file"])
            context.verify_mode = ssl.CERT_REQUIRED
    except (KeyError, OSError) as error:
        raise ConfigError(f"error starting agent: the tls block cannot be used: {error}") from error
    return context


def client_context(files: t.Sequence[str], verify: bool = True) -> ssl.SSLContext:
    """C(files): of the authority, of the own certificate and of its key; empty where there is none."""
    authority, certificate, key = files
    context = ssl.create_default_context(cafile=authority or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def consul_context(config: AgentConfig) -> ssl.SSLContext | None:
    """How Consul's certificate is checked; nothing where it speaks plainly."""
    consul = config.block("consul")
    if not config.consul_url.startswith("https://"):
        return None
    files = [str(consul.get(key) or "") for key in ("ca_file", "cert_file", "key_file")]
    return client_context(files, verify=bool(consul.get("verify_ssl", True)))
