# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics and predictions by HTTPS: who is answered, what is shown, what is refused at the start."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import sys
import typing as t
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from trainer import digits, serving
from trainer.errors import BadParametersError, RunError
from trainer.metrics import Metrics, Server
from trainer.web import Place

sys.path.append(str(Path(__file__).parents[3]))
from tests.secured.certificates import Authority, Pair

if t.TYPE_CHECKING:
    from conftest import Trainer

APP = Path(digits.__file__).parents[1]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.signed("own", "localhost", addresses=("127.0.0.1",))


def environment(pair: Pair) -> dict[str, str]:
    return {"MLOPS_TLS_CERT": pair.cert, "MLOPS_TLS_KEY": pair.key, "MLOPS_METRICS_PORT": "0"}


@pytest.fixture
def server(pair: Pair) -> Iterator[Server]:
    place = Place.from_environment(environment(pair), "METRICS", 9105)
    with Server(Metrics(), "run-1", place) as found:
        found.start()
        yield found
        found.shutdown()


def ask(authority: Authority, url: str, body: bytes | None = None) -> str:
    trust = ssl.create_default_context(cafile=authority.path)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    with opener.open(url, body, timeout=5) as answer:
        return t.cast(bytes, answer.read()).decode()


def shown(server: Server) -> int:
    """The serial number of the certificate that a new connection is shown."""
    pem = ssl.get_server_certificate(("127.0.0.1", server.port))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def test_a_run_is_watched_by_https(
    trainer: t.Callable[..., Trainer], authority: Authority, pair: Pair
) -> None:
    run = trainer(**environment(pair), NOMAD_META_linger_seconds="30")
    serving = run.wait_for("serving")
    assert serving["message"] == f"The metrics are at https://127.0.0.1:{serving['port']}."
    url = f"https://127.0.0.1:{serving['port']}"
    assert '"state": ' in ask(authority, f"{url}/healthz")
    assert "ml_training_epochs 20" in ask(authority, f"{url}/metrics")


def test_predictions_are_given_by_https(authority: Authority, pair: Pair) -> None:
    place = Place.from_environment(environment(pair), "SERVING", 0)
    with serving.Server(place) as server:
        server.start()
        with pytest.raises(urllib.error.HTTPError, match="503"):
            ask(authority, f"{server.url}/predict", b'{"instances": []}')
        assert "ml_serving_requests_total" in ask(authority, f"{server.url}/metrics")
        server.shutdown()


def test_who_speaks_plainly_or_trusts_another_authority_gets_nothing(
    server: Server, authority: Authority, tmp_path: Path
) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    plain.request("GET", "/metrics")
    with pytest.raises((ConnectionError, http.client.BadStatusLine)):
        plain.getresponse()
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(Authority(tmp_path, "stranger"), f"{server.url}/metrics")
    assert ask(authority, f"{server.url}/healthz")


def test_who_never_begins_keeps_nobody_waiting(server: Server, authority: Authority) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):
        assert ask(authority, f"{server.url}/healthz")


def test_a_renewed_certificate_is_shown_once_it_is_whole(
    server: Server, authority: Authority, pair: Pair
) -> None:
    first = shown(server)
    renewed = authority.signed("renewed", "localhost", addresses=("127.0.0.1",))
    os.replace(renewed.cert, pair.cert)
    assert shown(server) == first, "its key is not there yet"
    os.replace(renewed.key, pair.key)
    assert shown(server) != first
    assert ask(authority, f"{server.url}/healthz")
    os.unlink(pair.key)
    assert ask(authority, f"{server.url}/healthz"), "what was read before is still good"


def encrypted(pair: Pair) -> None:
    key = serialization.load_pem_private_key(Path(pair.key).read_bytes(), None)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    Path(pair.key).write_bytes(pem)


@pytest.mark.parametrize("name", ["MLOPS_TLS_CERT", "MLOPS_TLS_KEY"])
def test_a_file_that_is_not_there_is_named_with_its_variable(pair: Pair, name: str) -> None:
    env = {**environment(pair), name: "/nowhere"}
    with pytest.raises(RunError) as caught:
        Place.from_environment(env, "METRICS", 9105)
    assert str(caught.value) == f"{name} = /nowhere cannot be read: No such file or directory."
    assert caught.value.exit_code == 1, "it may be there at the next attempt"


@pytest.mark.parametrize("spoil", ["key of another", "no PEM", "encrypted"])
def test_files_that_do_not_belong_together_are_named(
    authority: Authority, pair: Pair, spoil: str
) -> None:
    if spoil == "key of another":
        os.replace(authority.signed("other", "localhost").key, pair.key)
    elif spoil == "no PEM":
        Path(pair.cert).write_text("none")
    else:
        encrypted(pair)
    named = f"MLOPS_TLS_CERT = {pair.cert} and MLOPS_TLS_KEY = {pair.key} are no certificate"
    with pytest.raises(RunError, match=named):
        Place.from_environment(environment(pair), "METRICS", 9105)


@pytest.mark.parametrize("name", ["MLOPS_TLS_CERT", "MLOPS_TLS_KEY"])
def test_one_without_the_other_is_refused(pair: Pair, name: str) -> None:
    with pytest.raises(BadParametersError, match="belong together"):
        Place.from_environment({**environment(pair), name: ""}, "METRICS", 9105)


def test_a_run_without_its_certificate_does_not_begin(
    trainer: t.Callable[..., Trainer], pair: Pair
) -> None:
    code, lines, stderr = trainer(**{**environment(pair), "MLOPS_TLS_KEY": "/nowhere"}).end()
    assert (code, lines[-1]["status"], lines[-1]["epochs"]) == (1, "failed", 0)
    assert "MLOPS_TLS_KEY = /nowhere cannot be read" in stderr


def healthy(port: int, **env: str) -> int:
    place = {"PATH": os.environ["PATH"], "MLOPS_METRICS_PORT": str(port), "MLOPS_SERVING_PORT": "1"}
    return subprocess.run([sys.executable, APP / "healthy.py"], env={**place, **env}).returncode


def test_docker_is_told_that_it_is_well(server: Server, pair: Pair) -> None:
    secured = {"MLOPS_TLS_CERT": pair.cert}
    assert healthy(server.port, **secured) == 0
    assert healthy(server.port) == 1, "it asks by HTTPS only where that is set"
    assert healthy(1, **secured) == 1
    with Server(Metrics(), "run-1", Place("METRICS", "127.0.0.1", 0, None)) as plain:
        plain.start()
        assert healthy(plain.port) == 0
        plain.shutdown()
