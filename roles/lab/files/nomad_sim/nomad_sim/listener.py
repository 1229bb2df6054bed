# SPDX-License-Identifier: GPL-3.0-or-later
"""The port of the API where it speaks TLS: who speaks plain HTTP there is told so, as Go does it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import typing as t

import uvicorn

HANDSHAKE = b"\x16"
METHODS = (b"GET /", b"HEAD ", b"POST ", b"PUT /", b"OPTIO")
REFUSAL = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
PATIENCE = 10.0


class TlsServer(uvicorn.Server):
    """Takes the connections itself: what uvicorn's own do with plain text cannot be chosen."""

    def __init__(self, config: uvicorn.Config, context: ssl.SSLContext) -> None:
        super().__init__(config)
        self.context = context
        self.listener = socket.create_server((config.host, config.port), backlog=config.backlog)
        self.listener.setblocking(False)
        self.tasks: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self._spawn(self._accept())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in list(self.tasks):
            task.cancel()
        self.listener.close()
        await super().shutdown(sockets)

    def _spawn(self, what: t.Coroutine[t.Any, t.Any, None]) -> None:
        task = asyncio.ensure_future(what)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _address = await loop.sock_accept(self.listener)
            except OSError:  # it has gone again, or there are too many of them
                await asyncio.sleep(0.1)
                continue
            self._spawn(self._greet(connection))

    async def _greet(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            first = await asyncio.wait_for(self._first(connection), PATIENCE)
            if first.startswith(HANDSHAKE):
                await self._encrypted(connection)
                return
            if first.startswith(METHODS):
                await asyncio.get_running_loop().sock_sendall(connection, REFUSAL)
        except (OSError, TimeoutError):
            pass  # whoever it was has gone, or says nothing
        connection.close()

    async def _first(self, connection: socket.socket) -> bytes:
        """What comes first; a handshake is only looked at, since it is read by what follows."""
        readable = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(connection, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(connection)
        first = connection.recv(8, socket.MSG_PEEK)
        return first if first.startswith(HANDSHAKE) else connection.recv(65536)

    async def _encrypted(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # ssl.SSLError is one: no certificate, an unknown one
            await asyncio.get_running_loop().connect_accepted_socket(
                self._protocol, connection, ssl=self.context
            )

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
