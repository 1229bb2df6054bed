# SPDX-License-Identifier: GPL-3.0-or-later
"""Small servers of the tests' own: what their handlers share, and how long they listen."""

from __future__ import annotations

import contextlib
import http.server
import socketserver
import ssl
import threading
import typing as t

Server = t.TypeVar("Server", bound=socketserver.BaseServer)


class Handler(http.server.BaseHTTPRequestHandler):
    """Hands every request to C(serve), and writes nothing to the tests' output."""

    def serve(self) -> None:
        """What a subclass makes of a request."""
        raise NotImplementedError

    def _serve(self) -> None:
        self.serve()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (as http.server wants)

    def content(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """C(headers) with underscores for their hyphens."""
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: t.Any) -> None:
        pass


@contextlib.contextmanager
def listening(server: Server) -> t.Iterator[Server]:
    """C(server) answers until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def local(handler: type[http.server.BaseHTTPRequestHandler]) -> http.server.ThreadingHTTPServer:
    """A server at some port of the loopback address."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)


def behind_tls(server: Server, cert: str, key: str, clients: str = "") -> Server:
    """It shows the certificate, and where C(clients) is an authority it wants one of that."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    # The handshake is each connection's own thread's work, or one client could block all others.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    return server
