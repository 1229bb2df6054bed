# SPDX-License-Identifier: GPL-3.0-or-later
"""The client over TLS, against a server of a few lines that insists on everything."""

from __future__ import annotations

import inspect
import pathlib
import re
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad.objects import ObjectsClient
from ansible_collections.mlops.infra.plugins.module_utils._nomad.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._nomad.runs import RunsClient
from ansible_collections.mlops.infra.plugins.module_utils._nomad.transport import (
    Transport,
    requester,
)

from . import running, server
from .certificates import Authority

ARGUMENTS: dict[str, t.Any] = {
    "str": "x",
    "int": 1,
    "float": 0,
    "bool": True,
    "Json": {"ID": "x", "Name": "x"},
    "Json | None": None,
    "list[str]": ["x"],
    "dict[str, str]": {"a": "b"},
}


@pytest.fixture
def gate(authority: Authority) -> t.Iterator[server.Gate]:
    with server.serving(authority) as found:
        yield found


def endpoints() -> list[t.Any]:
    own = set(dir(Transport))
    return [
        pytest.param(kind, name, id=name)
        for kind in (RunsClient, ObjectsClient)
        for name in dir(kind)
        if name not in own and not name.startswith("_")
    ]


@pytest.mark.parametrize(("kind", "name"), endpoints())
def test_each_request_has_token_namespace_region_and_certificate(
    gate: server.Gate, kind: type[Transport], name: str
) -> None:
    place = Connection(
        address=gate.address,
        token=server.TOKEN,
        namespace="ns",
        region="east",
        verify=gate.authority.path,
        cert=(gate.pair.cert, gate.pair.key),
        tls_server_name="",
        timeout=5.0,
    )
    method = getattr(kind(requester(place)), name)
    method(*(ARGUMENTS[p.annotation] for p in inspect.signature(method).parameters.values()))
    wanted = ("cli.global.nomad", server.TOKEN, "ns", "east")
    assert gate.asked
    for asked in gate.asked:
        assert (asked["client"], asked["token"], asked["namespace"], asked["region"]) == wanted


def test_modules_take_everything_from_the_environment(
    gate: server.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in gate.environment.items():
        monkeypatch.setenv(name, value)
    result = running.module("nomad_variable", path="app", items={"a": "1"})
    assert (result.get("msg"), result["changed"]) == (None, False)
    assert [a["path"] for a in gate.asked] == ["/v1/var/app"]
    assert (gate.asked[0]["namespace"], gate.asked[0]["region"]) == ("ns", "east")


def test_the_lookup_takes_everything_from_the_environment(gate: server.Gate) -> None:
    told = running.lookup("lookup('mlops.infra.nomad_variable', 'app')", **gate.environment)
    assert '\\"a\\": \\"1\\"' in told or '"a": "1"' in told
    assert (gate.asked[0]["namespace"], gate.asked[0]["region"]) == ("ns", "east")


def test_the_inventory_takes_everything_from_the_environment(
    gate: server.Gate, tmp_path: pathlib.Path
) -> None:
    hosts, told = running.inventory(tmp_path, "", **gate.environment)
    assert list(hosts) == ["n1"], told
    assert gate.asked[0]["region"] == "east"


def test_a_name_that_is_not_the_addresss(
    gate: server.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {**gate.options, "address": gate.address.replace("localhost", "127.0.0.1")}
    ask = {"path": "app", "items": {"a": "1"}}
    assert "NOMAD_TLS_SERVER_NAME" in running.module("nomad_variable", **ask, **there)["msg"]
    named = {**there, "tls_server_name": "server.global.nomad"}
    assert not running.module("nomad_variable", **ask, **named)["changed"]
    monkeypatch.setenv("NOMAD_TLS_SERVER_NAME", "server.global.nomad")
    assert not running.module("nomad_variable", **ask, **there)["changed"]


def test_unverified_by_the_environment_only_where_asked(
    gate: server.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {**gate.options, "ca_path": None}
    ask = {"path": "app", "items": {"a": "1"}}
    assert running.module("nomad_variable", **ask, **there)["failed"]
    monkeypatch.setenv("NOMAD_SKIP_VERIFY", "true")
    assert not running.module("nomad_variable", **ask, **there)["changed"]
    assert running.module("nomad_variable", validate_certs=True, **ask, **there)["failed"]


def test_an_unverified_lookup_writes_nothing_beside_its_task(gate: server.Gate) -> None:
    env = {**gate.environment, "NOMAD_CACERT": "", "NOMAD_SKIP_VERIFY": "true"}
    told = running.lookup("lookup('mlops.infra.nomad_variable', 'app', item='a')", **env)
    assert "SUCCESS" in told
    assert "stderr" not in told


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ca_path": None}, r"ca_path \(NOMAD_CACERT\)"),
        ({"client_cert": None, "client_key": None}, "NOMAD_CLIENT_CERT, NOMAD_CLIENT_KEY"),
        ({"client_key": None}, "belong together"),
        ({"client_key": "ca"}, "NOMAD_CLIENT_KEY.* PEM encoded"),
        ({"ca_path": "key"}, "Make ca_path .NOMAD_CACERT. a file of PEM"),
        ({"tls_server_name": "server.west.nomad"}, "NOMAD_TLS_SERVER_NAME"),
        ({"token": None}, "No token was given.* NOMAD_TOKEN .*read for variables at app in"),
        ({"token": "other"}, "Give a token .*NOMAD_TOKEN.*read for variables at app in"),
    ],
)
def test_who_is_not_let_in_is_told_why(
    gate: server.Gate, wrong: dict[str, t.Any], words: str
) -> None:
    files = {"ca": gate.authority.path, "key": gate.pair.key}
    options = {**gate.options, **{k: files.get(v, v) for k, v in wrong.items()}}
    result = running.module("nomad_variable", path="app", items={"a": "1"}, **options)
    assert result["failed"]
    assert re.search(words, result["msg"])
    assert ".." not in result["msg"]
    assert not [a for a in gate.asked if a["token"] == server.TOKEN]


def test_certificates_of_another_authority(gate: server.Gate, stranger: Authority) -> None:
    theirs = stranger.signed("client", "cli.global.nomad")
    ask = {"path": "app", "items": {"a": "1"}}
    wrong = {**gate.options, "ca_path": stranger.path}
    told = running.module("nomad_variable", **ask, **wrong)["msg"]
    assert "certificate verify failed" in told
    assert "ca_path (NOMAD_CACERT)" in told
    wrong = {**gate.options, "client_cert": theirs.cert, "client_key": theirs.key}
    told = running.module("nomad_variable", **ask, **wrong)["msg"]
    assert "NOMAD_CLIENT_CERT" in told
    mixed = {**gate.options, "client_key": theirs.key}
    assert "the key of client_cert" in running.module("nomad_variable", **ask, **mixed)["msg"]
    assert gate.asked == []
