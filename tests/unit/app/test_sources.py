# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from where, and what is made of a source that is not as it should be."""

from __future__ import annotations

import datetime
import io
import ipaddress
import json
import ssl
import time
import typing as t
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from trainer import sources
from trainer.errors import BadParametersError
from trainer.kv import TIME_LIMIT, Consul, KvError
from trainer.log import Log, plain

if t.TYPE_CHECKING:
    from conftest import FakeConsul


def agent(address: str, **env: str) -> Consul:
    consul = Consul.from_environment({"CONSUL_HTTP_ADDR": address, **env})
    assert consul is not None
    return consul


@pytest.mark.parametrize("text", ["", " \n", "{}"])
def test_an_empty_payload_gives_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.json").write_text(text)
    assert sources.payload({"NOMAD_TASK_DIR": str(tmp_path)}).values == {}


def test_no_payload_gives_nothing(tmp_path: Path) -> None:
    assert sources.payload({"NOMAD_TASK_DIR": str(tmp_path)}).values == {}
    assert sources.payload({}).values == {}


def test_the_payload_is_found_in_nomads_place_and_in_one_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "params.json").write_text('{"epochs": 2}')
    (tmp_path / "other{x}.json").write_text('{"epochs": 3}')
    env = {"NOMAD_TASK_DIR": str(tmp_path)}
    assert sources.payload(env).values == {"epochs": 2}
    own = sources.payload({**env, "MLOPS_PARAMS_FILE": str(tmp_path / "other{x}.json")})
    assert own.values == {"epochs": 3}
    assert own.where.format(name="epochs") == f"the payload {tmp_path}/other{{x}}.json"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"epochs=3", "being no JSON"),
        (b'{"epochs": 3', "being no JSON"),
        (b"[" * 16384, "being no JSON"),
        (b"[1]", "being no object"),
        (b"3", "being no object"),
        (b"null", "being no object"),
        (b"\xff\xfe", "cannot be read|can be read"),
    ],
)
def test_a_payload_that_is_no_json_object_is_refused(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "params.json").write_bytes(content)
    with pytest.raises(BadParametersError, match=complaint) as caught:
        sources.payload({"NOMAD_TASK_DIR": str(tmp_path)})
    assert f"{tmp_path}/params.json" in str(caught.value)
    assert "one JSON object" in str(caught.value)


def test_a_payload_that_was_named_and_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParametersError, match="No such file"):
        sources.payload({"MLOPS_PARAMS_FILE": str(tmp_path / "none.json")})
    with pytest.raises(BadParametersError, match="Is a directory"):
        sources.payload({"MLOPS_PARAMS_FILE": str(tmp_path)})


def test_metadata_of_other_meaning_and_empty_metadata_are_passed_over() -> None:
    env = {"NOMAD_META_lr": "0.3", "NOMAD_META_epochs": "", "NOMAD_META_owner": "me", "EPOCHS": "3"}
    assert sources.meta(env).values == {"lr": "0.3"}


def test_the_tree_is_read_with_one_request(consul: FakeConsul) -> None:
    consul.configure(epochs=3, lr=0.5)
    consul.values["mlops/config/training/"] = ""
    consul.values["mlops/config/training/seed"] = ""
    consul.values["mlops/config/trainingx"] = "9"
    log = Log("r", io.StringIO())
    assert sources.key_values(agent(consul.address), log).values == {"epochs": "3", "lr": "0.5"}
    assert consul.requests == ["GET /v1/kv/mlops/config/training/?recurse"]


def test_no_key_at_all_is_no_trouble(consul: FakeConsul) -> None:
    stream = io.StringIO()
    assert sources.key_values(agent(consul.address), Log("r", stream)).values == {}
    assert stream.getvalue() == ""


@pytest.mark.parametrize("trouble", ["refused", "dripping", "babbling", "gone"])
def test_trouble_with_consul_is_a_warning_within_the_limit(
    consul: FakeConsul, trouble: str
) -> None:
    consul.configure(epochs=3)
    consul.refuse_with = 500 if trouble == "refused" else 0
    consul.drip_seconds = 0.1 if trouble == "dripping" else 0.0  # 12 s in all, each byte in time
    consul.babble = b"<html>" if trouble == "babbling" else b""
    address = "http://127.0.0.1:1" if trouble == "gone" else consul.address
    stream, started = io.StringIO(), time.monotonic()
    assert sources.key_values(agent(address), Log("r", stream)).values == {}
    assert time.monotonic() - started < TIME_LIMIT + 0.7
    line = json.loads(stream.getvalue())
    assert (line["level"], line["event"], line["run_id"]) == ("warning", "kv_unavailable", "r")
    said = {
        "refused": "was answered with 500",
        "dripping": "took longer than 2 s",
        "babbling": "answered something unexpected",
        "gone": "Connection refused",
    }
    assert said[trouble] in line["message"]
    assert address in line["message"]


def test_the_token_is_sent_and_never_written_down(consul: FakeConsul, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    consul.refuse_with = 403
    for env in (
        {},
        {"CONSUL_HTTP_TOKEN": "by-variable"},
        {"CONSUL_HTTP_TOKEN_FILE": str(tmp_path / "token")},
    ):
        with pytest.raises(KvError, match="403") as caught:
            agent(consul.address, **env).read_tree("x/")
        assert "from-a-file" not in str(caught.value)
        assert "by-variable" not in str(caught.value)
    assert consul.tokens == [None, "by-variable", "from-a-file"]


def test_an_address_without_a_scheme_is_http_like_consuls_own(consul: FakeConsul) -> None:
    consul.configure(epochs=3)
    bare = agent(consul.address.removeprefix("http://"))
    assert bare.read_tree("mlops/config/training/") == {"epochs": "3"}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "consul")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "consul.pem"
    pkcs8, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, pkcs8, none)
    )
    return file


def test_tls_with_a_certificate_on_both_sides(consul: FakeConsul, certificate: Path) -> None:
    consul.configure(epochs=3)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificate))
    tls.load_cert_chain(certificate)
    tls.verify_mode = ssl.CERT_REQUIRED
    consul.socket = tls.wrap_socket(consul.socket, server_side=True)
    address = consul.address.replace("http:", "https:")
    trust = {"CONSUL_CACERT": str(certificate)}
    proof = {"CONSUL_CLIENT_CERT": str(certificate)}
    assert agent(address, **trust, **proof).read_tree("mlops/config/training/") == {"epochs": "3"}
    for env, complaint in ((proof, "CERTIFICATE_VERIFY_FAILED"), (trust, "failed")):
        with pytest.raises(KvError, match=complaint):
            agent(address, **env).read_tree("mlops/config/training/")
    assert len(consul.requests) == 1


def test_no_address_is_no_consul() -> None:
    assert Consul.from_environment({}) is None


@pytest.mark.parametrize(
    ("env", "complaint"),
    [
        ({"CONSUL_HTTP_ADDR": "unix:///run/consul.sock"}, "neither http:// nor https://"),
        (
            {"CONSUL_HTTP_ADDR": "x:8500", "CONSUL_HTTP_TOKEN_FILE": "/no/such"},
            "CONSUL_HTTP_TOKEN_FILE = /no/such cannot be read",
        ),
        ({"CONSUL_HTTP_ADDR": "https://x", "CONSUL_CACERT": "/no/such"}, "CONSUL_CACERT"),
        (
            {"CONSUL_HTTP_ADDR": "x", "CONSUL_HTTP_SSL": "true", "CONSUL_CACERT": "/no/such"},
            "CONSUL_CACERT",
        ),
    ],
)
def test_settings_that_cannot_work_are_named(env: dict[str, str], complaint: str) -> None:
    with pytest.raises(KvError, match=complaint):
        Consul.from_environment(env)


def test_no_line_of_the_log_holds_a_number_that_json_has_not() -> None:
    assert plain({"a": float("nan"), "b": {"c": float("inf"), "d": 1.5}}) == {
        "a": None,
        "b": {"c": None, "d": 1.5},
    }
