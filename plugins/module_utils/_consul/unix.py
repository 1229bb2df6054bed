# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""HTTP over a unix socket, which requests has no way to name."""

from __future__ import annotations

import socket
import typing as t

_Connection: t.Any = object
_Adapter: t.Any = object
try:
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection

    _Connection, _Adapter = HTTPConnection, HTTPAdapter
except ImportError:
    pass  # client.py reports what is missing


class _SocketConnection(_Connection):
    path = ""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if isinstance(self.timeout, (int, float)):
            self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class SocketAdapter(_Adapter):
    """Mounted for one base URL, it sends what goes there to the socket at C(path)."""

    def __init__(self, path: str) -> None:
        super().__init__()
        connect = type("_Connection", (_SocketConnection,), {"path": path})
        self._pool = urllib3.HTTPConnectionPool("localhost")
        self._pool.ConnectionCls = connect

    def get_connection_with_tls_context(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return self._pool

    def get_connection(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        return self._pool
