# SPDX-License-Identifier: GPL-3.0-or-later
"""Consul over TLS: a server of a few lines everywhere, and a real one where a program is named."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from . import consul_agent, running, server
from .certificates import Authority

ASK: dict[str, t.Any] = {"key": "app"}
LOOKUP = "lookup('mlops.infra.consul_kv', 'app')"


@pytest.fixture
def gate(authority: Authority) -> t.Iterator[server.Gate]:
    with server.serving(authority, server.CONSUL) as found:
        yield found


def info(**options: t.Any) -> running.runner.Result:
    return running.module("consul_kv_info", **ASK, **options)


def inventory(path: pathlib.Path, **env: str) -> tuple[t.Any, str]:
    return running.inventory(path, "services: []\n", "consul_catalog", **env)


def test_everything_comes_from_the_environment(
    gate: server.Gate, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    assert "SUCCESS" in running.lookup(LOOKUP, **gate.environment)
    hosts, told = inventory(tmp_path, **gate.environment)
    assert list(hosts) == ["n1"], told
    for name, value in gate.environment.items():
        monkeypatch.setenv(name, value)
    assert info()["names"] == ["app"]
    wanted = {("cli.global.nomad", server.TOKEN, "ns")}
    assert {(asked["client"], asked["token"], asked["namespace"]) for asked in gate.asked} == wanted
    assert [asked["path"] for asked in gate.asked][0::3] == ["/v1/kv/app", "/v1/kv/app"]


def test_a_name_that_is_not_the_addresss(
    gate: server.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {**gate.options, "address": gate.address.replace("localhost", "127.0.0.1")}
    assert "set tls_server_name (CONSUL_TLS_SERVER_NAME)" in info(**there)["msg"]
    assert info(tls_server_name="server.dc1.consul", **there)["exists"]
    assert "CONSUL_TLS_SERVER_NAME" in info(tls_server_name="server.dc2.consul", **there)["msg"]
    assert "tls_server_name is 'a b': write" in info(tls_server_name="a b", **there)["msg"]
    monkeypatch.setenv("CONSUL_TLS_SERVER_NAME", "server.dc1.consul")
    assert info(**there)["exists"]


def test_authorities_of_a_directory(
    gate: server.Gate,
    stranger: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
) -> None:
    """With names as Consul takes them, and not the digests that OpenSSL wants."""
    there = {**gate.options, "ca_cert": str(tmp_path)}
    assert "has no file of PEM encoded certificates" in info(**there)["msg"]
    (tmp_path / "other.pem").write_bytes(pathlib.Path(stranger.path).read_bytes().rstrip())
    (tmp_path / "README").write_bytes(b"\xff no certificate")
    (tmp_path / "deeper").mkdir()
    assert "ca_cert (CONSUL_CACERT)" in info(**there)["msg"]
    (tmp_path / "ours.crt").write_bytes(pathlib.Path(gate.authority.path).read_bytes())
    assert info(**there)["exists"]
    monkeypatch.setenv("CONSUL_CAPATH", str(tmp_path))
    assert info(**{**there, "ca_cert": None})["exists"]
    monkeypatch.setenv("CONSUL_CACERT", stranger.path)
    assert info(**{**there, "ca_cert": None})["failed"], "as in Consul, the file wins"


def test_an_unverified_lookup_writes_nothing_beside_its_task(gate: server.Gate) -> None:
    env = {**gate.environment, "CONSUL_CACERT": "", "CONSUL_HTTP_SSL_VERIFY": "false"}
    told = running.lookup(LOOKUP, **env)
    assert "SUCCESS" in told
    assert "Insecure" not in told


WRONG: tuple[tuple[dict[str, t.Any], str], ...] = (
    ({"ca_cert": None}, r"Set ca_cert \(CONSUL_CACERT\)"),
    ({"ca_cert": "stranger"}, r"Set ca_cert \(CONSUL_CACERT\)"),
    ({"ca_cert": "key"}, r"Make ca_cert \(CONSUL_CACERT\) a file of PEM"),
    ({"client_cert": None, "client_key": None}, "CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY"),
    ({"client_key": None}, "go together"),
    ({"client_key": "ca"}, "CONSUL_CLIENT_KEY.* PEM encoded"),
    ({"client_cert": "theirs", "client_key": "theirs-key"}, "CONSUL_CLIENT_CERT"),
    ({"client_key": "theirs-key"}, r"the key of client_cert \(CONSUL_CLIENT_CERT\)"),
    ({"tls_server_name": "server.dc2.consul"}, "CONSUL_TLS_SERVER_NAME"),
)


def spoiled(
    options: dict[str, t.Any], wrong: dict[str, t.Any], authority: Authority, stranger: Authority
) -> dict[str, t.Any]:
    theirs = stranger.signed("client", "cli.dc1.consul")
    files = {
        "ca": authority.path,
        "key": options["client_key"],
        "stranger": stranger.path,
        "theirs": theirs.cert,
        "theirs-key": theirs.key,
    }
    return {**options, **{name: files.get(value, value) for name, value in wrong.items()}}


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_who_is_not_let_in_is_told_why(
    gate: server.Gate, stranger: Authority, wrong: dict[str, t.Any], words: str
) -> None:
    result = info(**spoiled(gate.options, wrong, gate.authority, stranger))
    assert result["failed"]
    assert re.search(words, result["msg"])
    assert ".." not in result["msg"]
    assert gate.asked == []


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_who_is_not_let_in_by_a_real_consul(
    consul: consul_agent.Agent, stranger: Authority, wrong: dict[str, t.Any], words: str
) -> None:
    result = info(**spoiled(consul.options, wrong, consul.authority, stranger))
    assert result["failed"]
    assert re.search(words, result["msg"])
    assert result["msg"].startswith("Consul at https://") or "go together" in result["msg"]


def test_a_real_consul(
    consul: consul_agent.Agent, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    wanted = {"prefix": "nx", "tree": {"a": "1"}, **consul.options}
    assert [running.module("consul_kv", **wanted)["changed"] for _ in range(2)] == [True, False]
    lock = {"key": "nx/lock", "name": "nx", **consul.options}
    assert [running.module("consul_lock", **lock)["changed"] for _ in range(2)] == [True, False]
    saved = {"prefix": "nx", "path": str(tmp_path / "nx.json"), **consul.options}
    assert running.module("consul_kv_export", **saved)["count"] == 2
    assert "SUCCESS" in running.lookup(
        "lookup('mlops.infra.consul_kv', 'nx/a')", **consul.environment
    )
    hosts, told = inventory(tmp_path, **consul.environment)
    assert list(hosts) == ["secured"], told
    there = {**consul.options, "address": consul.address.replace("localhost", "127.0.0.1")}
    assert "CONSUL_TLS_SERVER_NAME" in info(**there)["msg"]
    assert "failed" not in info(tls_server_name="server.dc1.consul", **there)


def test_the_wrong_port_of_a_real_consul(consul: consul_agent.Agent) -> None:
    plain = {**consul.options, "address": consul.address.replace("https:", "http:")}
    assert "write https:// in address" in info(**plain)["msg"]
    secure = {**consul.options, "address": consul.plain.replace("http:", "https:")}
    assert "Nothing there speaks TLS" in info(**secure)["msg"]


@pytest.mark.parametrize("lacks", ["CONSUL_CACERT", "CONSUL_CLIENT_KEY", "CONSUL_CLIENT_CERT"])
def test_plugins_tell_it_as_modules_do(
    consul: consul_agent.Agent, tmp_path: pathlib.Path, lacks: str
) -> None:
    env = {**consul.environment, lacks: ""}
    if lacks == "CONSUL_CLIENT_CERT":
        env["CONSUL_CLIENT_KEY"] = ""
    words = "go together" if lacks == "CONSUL_CLIENT_KEY" else lacks
    hosts, told = inventory(tmp_path, **env)
    assert (hosts, words in told) == ({}, True), told
    told = running.lookup(LOOKUP, **env)
    assert words in told
    assert "Traceback" not in told
