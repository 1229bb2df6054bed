# SPDX-License-Identifier: GPL-3.0-or-later
"""The port that speaks TLS, with and without certificates of clients."""

from __future__ import annotations

import http.client
import pathlib
import socket
import ssl
import threading
import typing as t

import pytest
import uvicorn
from ansible_collections.mlops.infra.tests.secured.certificates import Authority
from nomad_sim.config import ConfigError
from nomad_sim.listener import REFUSAL, TlsServer
from nomad_sim.tls import client_context, server_context


async def app(scope: t.Any, receive: t.Any, send: t.Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["scheme"].encode()})


@pytest.fixture(params=[False, True], ids=["any client", "known clients"])
def served(
    request: pytest.FixtureRequest, tmp_path: pathlib.Path
) -> t.Iterator[tuple[int, Authority, bool]]:
    authority = Authority(tmp_path, "authority")
    own = authority.signed("server", "localhost", addresses=("127.0.0.1",))
    tls = {
        "cert_file": own.cert, "key_file": own.key, "ca_file": authority.path,
        "verify_https_client": request.param,
    }  # fmt: skip
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_level="error")
    server = TlsServer(config, server_context(tls))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.listener.getsockname()[1], authority, request.param
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()


def answer(port: int, context: ssl.SSLContext) -> str:
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    connection.request("GET", "/")
    return connection.getresponse().read().decode()


def test_who_knows_the_authority_is_answered(served: tuple[int, Authority, bool]) -> None:
    port, authority, _strict = served
    pair = authority.signed("client", "client")
    assert answer(port, client_context((authority.path, pair.cert, pair.key))) == "https"


def test_clients_without_a_certificate(served: tuple[int, Authority, bool]) -> None:
    port, authority, strict = served
    context = client_context((authority.path, "", ""))
    if strict:
        with pytest.raises((OSError, http.client.HTTPException)):
            answer(port, context)
    else:
        assert answer(port, context) == "https"


def test_certificates_of_strangers(
    served: tuple[int, Authority, bool], tmp_path: pathlib.Path
) -> None:
    port, authority, strict = served
    pair = Authority(tmp_path, "stranger").signed("another", "client")
    context = client_context((authority.path, pair.cert, pair.key))
    if strict:
        with pytest.raises((OSError, http.client.HTTPException)):
            answer(port, context)
    else:
        assert answer(port, context) == "https"


@pytest.mark.parametrize(
    ("said", "heard"), [(b"GET / HTTP/1.1\r\n\r\n", REFUSAL), (b"hello\r\n", b""), (b"", b"")]
)
def test_who_speaks_no_tls(said: bytes, heard: bytes, served: tuple[int, Authority, bool]) -> None:
    port, authority, _strict = served
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: connection.recv(4096), b"")) == heard
    pair = authority.signed("client", "client")
    assert answer(port, client_context((authority.path, pair.cert, pair.key))) == "https"


def test_files_that_are_not_there_are_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConfigError, match="the tls block cannot be used"):
        server_context({"cert_file": str(tmp_path / "none.pem"), "key_file": "/none"})
