# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a server shows. One that is renewed meanwhile is shown from then on."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path

from trainer.errors import BadParametersError, RunError

CERT, KEY = "MLOPS_TLS_CERT", "MLOPS_TLS_KEY"


class Certificate:
    """The files of a certificate and of its key."""

    def __init__(self, cert: str, key: str) -> None:
        self._files = {CERT: cert, KEY: key}
        self._times = self._modified()
        self._context = self._load()

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Certificate | None:
        """None where neither variable is set."""
        cert, key = env.get(CERT), env.get(KEY)
        if not cert and not key:
            return None
        if not cert or not key:
            raise BadParametersError(
                f"{CERT} and {KEY} belong together; set both, or neither for plain HTTP."
            )
        return cls(cert, key)

    def secure(self, connection: socket.socket) -> ssl.SSLSocket:
        """Raises OSError for a client that speaks no TLS."""
        times = self._modified()
        if times != self._times:
            # Half of a renewal cannot be used; who connects after it is shown the whole.
            with contextlib.suppress(RunError):
                self._context, self._times = self._load(), times
        return self._context.wrap_socket(connection, server_side=True)

    def _modified(self) -> list[int]:
        with contextlib.suppress(OSError):
            return [os.stat(path).st_mtime_ns for path in self._files.values()]
        return []

    def _load(self) -> ssl.SSLContext:
        for name, path in self._files.items():
            try:
                Path(path).read_bytes()
            except OSError as error:
                raise RunError(f"{name} = {path} cannot be read: {error.strerror}.") from error
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # With a password that is wrong, a key that has one is refused and not asked for.
            context.load_cert_chain(self._files[CERT], self._files[KEY], password="")
        except (OSError, ValueError) as error:
            named = " and ".join(f"{name} = {path}" for name, path in self._files.items())
            raise RunError(f"{named} are no certificate and its key in PEM: {error}.") from error
        return context
