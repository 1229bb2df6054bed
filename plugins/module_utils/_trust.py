# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whom a TLS connection is to: what requests lacks of what Hashicorp's own clients can."""

from __future__ import annotations

import os
import tempfile
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

_Adapter: t.Any = object
try:
    from requests.adapters import HTTPAdapter

    _Adapter = HTTPAdapter
except ImportError:
    pass  # the clients report what is missing

BEGIN = b"-----BEGIN CERTIFICATE-----"


class ServerNameAdapter(_Adapter):
    """Checks the certificate against a name that is not the address's."""

    def __init__(self, server_name: str) -> None:
        self._server_name = server_name
        super().__init__()

    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        kwargs.update(server_hostname=self._server_name, assert_hostname=self._server_name)
        super().init_poolmanager(*args, **kwargs)


def bundle(option: str, directory: str) -> t.Any:
    """A file of all certificates in C(directory), which is there as long as what is returned.

    OpenSSL itself reads only files in it whose names are digests.
    """
    try:
        found = [content for content in _contents(directory) if BEGIN in content]
    except OSError as exc:
        raise UserError(f"{option} {exc.filename} cannot be read: {exc.strerror}.") from exc
    if not found:
        raise UserError(
            f"{option} {directory} has no file of PEM encoded certificates: name another directory,"
            " or a file."
        )
    made = tempfile.NamedTemporaryFile(suffix=".pem")  # noqa: SIM115 (who has it closes it)
    made.write(b"\n".join(found))
    made.flush()
    return made


def _contents(directory: str) -> t.Iterator[bytes]:
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            with open(path, "rb") as handle:
                yield handle.read()
