# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import (
    CONNECTION_SPEC,
    connection,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

DEFAULTS: dict[str, t.Any] = {name: s.get("default") for name, s in CONNECTION_SPEC.items()}


@pytest.mark.parametrize(
    ("params", "environ", "address"),
    [
        ({}, {}, "http://localhost:8500"),
        ({}, {"CONSUL_HTTP_ADDR": "consul:1"}, "http://consul:1"),
        ({}, {"CONSUL_HTTP_ADDR": "https://consul"}, "https://consul:8501"),
        ({}, {"CONSUL_HTTP_ADDR": "c:1", "CONSUL_HTTP_SSL": "true"}, "https://c:1"),
        ({}, {"CONSUL_HTTP_ADDR": "http://c:1", "CONSUL_HTTP_SSL": "true"}, "http://c:1"),
        ({}, {"CONSUL_HTTP_SSL": "1"}, "https://localhost:8500"),
        ({"address": "http://a:2"}, {"CONSUL_HTTP_ADDR": "b:3"}, "http://a:2"),
        ({"address": "a"}, {}, "http://a:8500"),
        ({"address": "https://[::1]:2"}, {}, "https://[::1]:2"),
        ({"address": "unix:///run/consul.sock"}, {}, "unix:///run/consul.sock"),
        ({"host": "h"}, {"CONSUL_HTTP_ADDR": "b:3"}, "http://h:8500"),
        ({"host": "::1"}, {}, "http://[::1]:8500"),
        ({"host": "[fe80::1%eth0]", "port": 1}, {}, "http://[fe80::1%eth0]:1"),
        ({"port": 9}, {"CONSUL_HTTP_ADDR": "b:3"}, "http://localhost:9"),
        ({"scheme": "https"}, {"CONSUL_HTTP_ADDR": "b:3"}, "https://b:3"),
        ({"host": "h", "port": 1, "scheme": "https"}, {}, "https://h:1"),
    ],
)
def test_address(params: dict[str, t.Any], environ: dict[str, str], address: str) -> None:
    assert connection({**DEFAULTS, **params}, environ).address == address


@pytest.mark.parametrize(
    "address",
    [
        *("unix://", "http://a?x=1", "http://a#x", "http:// a", "http://a/?x", "a b"),
        "ftp://a",
        "http://",
        "http://a:b",
        "http://a/path",
        "a:99999",
        "http://[::1",
        "a:0",
    ],
)
def test_an_address_that_is_none_is_refused_by_name(address: str) -> None:
    with pytest.raises(UserError, match="is not understood") as caught:
        connection({**DEFAULTS, "address": address}, {})
    assert repr(address) in str(caught.value)


def test_two_ways_to_say_the_address_are_refused() -> None:
    with pytest.raises(UserError, match="address and host"):
        connection({**DEFAULTS, "address": "http://a", "host": "b"}, {})


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"address": "http://u:canary@a:1"}, "use http_auth instead"),
        ({"host": "a", "port": 99999}, "port is 99999"),
        ({"port": 0}, "port is 0"),
        ({"host": ""}, "host is ''"),
        ({"host": "http://a"}, "host is 'http://a': write"),
        ({"host": "a:1"}, "host is 'a:1': write"),
        ({"host": "u@a"}, "host is 'u@a': write"),
        ({"host": "a/x"}, "host is 'a/x': write"),
        ({"host": "a b"}, "host is 'a b': write"),
        ({"timeout": 0.0}, "timeout is 0: write"),
        ({"timeout": 10**400}, "timeout is inf: write"),
        ({"timeout": float("nan")}, "timeout is nan: write"),
        ({"timeout": float("inf")}, "timeout is inf: write"),
        ({"token": "canary\nx"}, "token has a character"),
        ({"token": "canary✓"}, "token has a character"),
        ({"token_file": "/a\0"}, "token_file /a\0 cannot be read"),
    ],
)
def test_what_would_fail_in_a_library_is_refused_by_name(
    params: dict[str, t.Any], words: str
) -> None:
    with pytest.raises(UserError, match=words) as caught:
        connection({**DEFAULTS, **params}, {})
    assert "canary" not in str(caught.value)


def test_tokens(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "token"
    path.write_text("from-file\n")
    both = {"CONSUL_HTTP_TOKEN": "variable", "CONSUL_HTTP_TOKEN_FILE": str(path)}

    def token(params: dict[str, t.Any], environ: dict[str, str]) -> str | None:
        return connection({**DEFAULTS, **params}, environ).token

    assert token({}, {}) is None
    assert token({}, {"CONSUL_HTTP_TOKEN": "variable"}) == "variable"
    assert token({}, both) == "from-file"
    assert token({"token": "option"}, both) == "option"
    assert token({"token_file": str(path)}, {"CONSUL_HTTP_TOKEN": "variable"}) == "from-file"
    with pytest.raises(UserError, match="No such file"):
        token({"token_file": str(tmp_path / "none")}, {})


def test_secrets_are_not_part_of_the_repr() -> None:
    params = {**DEFAULTS, "token": "canary-1", "http_auth": "user:canary-2"}
    place = connection(params, {})
    assert place.auth == ("user", "canary-2")
    assert connection({**params, "http_auth": ":canary-2"}, {}).auth == ("", "canary-2")
    assert "canary" not in repr(place)


@pytest.fixture
def files(tmp_path: pathlib.Path) -> dict[str, str]:
    for name in ("ca", "mine", "c", "k"):
        (tmp_path / name).touch()
    return {name: str(tmp_path / name) for name in ("ca", "mine", "c", "k", "none")}


@pytest.mark.parametrize(
    ("params", "environ", "verify"),
    [
        ({}, {}, True),
        ({}, {"CONSUL_CACERT": "ca"}, "ca"),
        ({"ca_cert": "mine"}, {"CONSUL_CACERT": "ca"}, "mine"),
        ({"validate_certs": False, "ca_cert": "mine"}, {}, False),
        ({}, {"CONSUL_HTTP_SSL_VERIFY": "false", "CONSUL_CACERT": "ca"}, False),
        ({"validate_certs": True}, {"CONSUL_HTTP_SSL_VERIFY": "false"}, True),
    ],
)
def test_verify(
    files: dict[str, str], params: dict[str, t.Any], environ: dict[str, str], verify: bool | str
) -> None:
    def named(data: dict[str, t.Any]) -> dict[str, t.Any]:
        return {name: files.get(value, value) for name, value in data.items()}

    found = connection({**DEFAULTS, **named(params)}, named(environ)).verify
    assert found == (verify if isinstance(verify, bool) else files[verify])


def test_certificate_and_key_go_together(files: dict[str, str]) -> None:
    environ = {"CONSUL_CLIENT_CERT": files["c"], "CONSUL_CLIENT_KEY": files["k"]}
    assert connection(DEFAULTS, environ).cert == (files["c"], files["k"])
    with pytest.raises(UserError, match="go together"):
        connection({**DEFAULTS, "client_key": files["k"]}, {})


@pytest.mark.parametrize("option", ["ca_cert", "client_cert", "client_key"])
def test_a_missing_file_is_told_by_its_option(files: dict[str, str], option: str) -> None:
    given = {"ca_cert": files["ca"], "client_cert": files["c"], "client_key": files["k"]}
    with pytest.raises(UserError, match=f"^{option} .* does not exist"):
        connection({**DEFAULTS, **given, option: files["none"]}, {})


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_a_timeout_is_above_zero(seconds: float) -> None:
    with pytest.raises(UserError, match="timeout is"):
        connection({**DEFAULTS, "timeout": seconds}, {})


def test_scope() -> None:
    environ = {"CONSUL_NAMESPACE": "n1", "CONSUL_PARTITION": "p1"}
    assert connection(DEFAULTS, environ).scope == (("ns", "n1"), ("partition", "p1"))
    params = {**DEFAULTS, "datacenter": "d", "namespace": "n2"}
    assert connection(params, environ).scope == (("dc", "d"), ("ns", "n2"), ("partition", "p1"))
