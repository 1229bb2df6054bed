# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import options

PARAMS: dict[str, t.Any] = {
    name: spec.get("default") for name, spec in options.CONNECTION_OPTIONS.items()
}


def resolved(env: dict[str, str] | None = None, **params: t.Any) -> options.Connection:
    return options.connection({**PARAMS, **params}, env or {})


@pytest.mark.parametrize(
    ("params", "env", "address"),
    [
        ({}, {}, "http://127.0.0.1:4646"),
        ({}, {"NOMAD_ADDR": "https://n:1/"}, "https://n:1"),
        ({"address": "http://o"}, {"NOMAD_ADDR": "https://n:1"}, "http://o"),
        ({"host": "h"}, {"NOMAD_ADDR": "https://n:1"}, "https://h:4646"),
        ({"host": "h", "port": 9, "use_ssl": False}, {}, "http://h:9"),
    ],
)
def test_address(params: dict[str, t.Any], env: dict[str, str], address: str) -> None:
    assert resolved(env, **params).address == address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:4646",
        "nomad",
        "unix:///x",
        "http://",
        "http://[::1",
        "http://a:99999",
        "http://a?x",
    ],
)
def test_an_address_without_its_scheme(address: str) -> None:
    with pytest.raises(UserError, match="is not the URL"):
        resolved(address=address)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"host": "h", "port": 99999}, "is not the URL"),
        ({"timeout": 0}, "timeout is 0: write"),
        ({"timeout": 10**12}, "timeout is 1e[+]12: write"),
        ({"token": "canary\nx"}, "token has a character"),
        ({"token": "canary✓"}, "token has a character"),
        ({"ca_path": "/none/ca"}, "ca_path /none/ca does not exist"),
        ({"client_cert": "/none/c", "client_key": "/none/k"}, "client_cert /none/c does not"),
        ({"client_cert": __file__}, "NOMAD_CLIENT_KEY.* belong together"),
        ({"client_key": __file__}, "NOMAD_CLIENT_KEY.* belong together"),
    ],
)
def test_what_would_fail_in_a_library_is_refused_by_name(
    params: dict[str, t.Any], words: str
) -> None:
    with pytest.raises(UserError, match=words) as caught:
        resolved(**params)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("params", "env", "verify"),
    [
        ({}, {}, True),
        ({"ca_path": __file__}, {}, __file__),
        ({"ca_path": "/ca", "validate_certs": False}, {}, False),
        ({}, {"NOMAD_SKIP_VERIFY": "true"}, False),
        ({}, {"NOMAD_SKIP_VERIFY": "false"}, True),
        ({"validate_certs": True}, {"NOMAD_SKIP_VERIFY": "1"}, True),
    ],
)
def test_verify(params: dict[str, t.Any], env: dict[str, str], verify: bool | str) -> None:
    assert resolved(env, **params).verify == verify


def test_the_rest_of_the_environment(tmp_path: pathlib.Path) -> None:
    env = {"NOMAD_NAMESPACE": "ns", "NOMAD_REGION": "eu"}
    assert (resolved(env).namespace, resolved(env).region) == ("ns", "eu")
    assert resolved(env, namespace="mine").namespace == "mine"
    pair = (str(tmp_path / "c"), str(tmp_path / "k"))
    for path in pair:
        pathlib.Path(path).touch()
    assert resolved(client_cert=pair[0], client_key=pair[1]).cert == pair
    assert resolved().cert == ()
