# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP server with threads, which says clearly why it cannot start."""

from __future__ import annotations

import dataclasses
import http.server
import json
import re
import socketserver
import sys
import threading
import traceback
import typing as t
from collections.abc import Mapping

import prometheus_client as prometheus
from prometheus_client.exposition import choose_encoder

from trainer.errors import BadParametersError, RunError
from trainer.tls import Certificate


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a server is to be; without a certificate, it speaks plain HTTP.

    C(purpose) is the part of the names of its two variables, MLOPS_<purpose>_HOST and _PORT.
    """

    purpose: str
    host: str
    port: int
    certificate: Certificate | None

    @classmethod
    def from_environment(cls, env: Mapping[str, str], purpose: str, port: int) -> Place:
        name = f"MLOPS_{purpose}_PORT"
        text = env.get(name) or str(port)
        if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
            raise BadParametersError(
                f"{name} = {text!r} from the environment is refused; allowed is a whole "
                "number from 0 to 65535."
            )
        host = env.get(f"MLOPS_{purpose}_HOST") or "127.0.0.1"
        return cls(purpose, host, int(text), Certificate.from_environment(env))


class Server(http.server.ThreadingHTTPServer):
    """At a place, with a thread for each connection."""

    def __init__(self, place: Place, handler: type[Handler]) -> None:
        self._place = place
        try:
            super().__init__((place.host, place.port), handler)
        except (OSError, OverflowError) as error:
            purpose = place.purpose
            raise RunError(
                f"The {purpose.lower()} cannot be served at {place.host}:{place.port} ({error}); end "
                f"what is there, or choose another address by MLOPS_{purpose}_HOST and "
                f"MLOPS_{purpose}_PORT."
            ) from error

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        scheme = "https" if self._place.certificate else "http"
        return f"{scheme}://{self._place.host}:{self.port}"

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def handle_error(self, *_arguments: object) -> None:
        """A client that goes away is no event; whatever else happens, the process goes on."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()

    def finish_request(self, request: t.Any, client_address: t.Any) -> None:
        """The handshake is this thread's: a client that is slow at it keeps nobody else waiting."""
        if self._place.certificate is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(Handler.timeout)
        secured = self._place.certificate.secure(request)
        try:
            super().finish_request(secured, client_address)
        finally:  # not only closed: who is still sending could not read the answer
            self.shutdown_request(secured)

    def server_bind(self) -> None:
        """Not the parent's: that looks up the host's name, for seconds where DNS is out of order."""
        socketserver.TCPServer.server_bind(self)


class Handler(http.server.BaseHTTPRequestHandler):
    """What the handlers of all servers have in common."""

    timeout = 10  # seconds: a client that says nothing must not keep a thread for ever

    def log_message(self, *_args: object) -> None:
        """Scrapes do not belong in the log of the run."""

    def do_GET(self) -> None:
        self.get(self.path.partition("?")[0])

    def do_POST(self) -> None:
        self.post(self.path.partition("?")[0])

    def get(self, path: str) -> None:
        raise NotImplementedError

    def post(self, path: str) -> None:
        self.answer(405, "text/plain", b"Nothing here takes a POST.\n")

    def answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, status: int, value: Mapping[str, object]) -> None:
        self.answer(status, "application/json", json.dumps(value).encode() + b"\n")

    def answer_metrics(self, registry: prometheus.CollectorRegistry) -> None:
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        self.answer(200, content_type, encode(registry))
