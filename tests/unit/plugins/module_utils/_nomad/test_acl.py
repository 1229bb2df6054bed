# SPDX-License-Identifier: GPL-3.0-or-later
"""How the endpoints of policies and tokens are asked, on a real socket."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.acl import AclClient
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError

DROP = "drop"
Script = t.Any
ID = "0f1a1c05-9b30-4b0c-9b0f-2f1b5a9f5c11"


@pytest.fixture
def client(script: Script) -> AclClient:
    return script.client(AclClient, token="own")


def asked(script: Script) -> list[tuple[str, str, t.Any, t.Any]]:
    return [(a["method"], a["path"], a["query"], a["json"]) for a in script.asked]


def test_policies(script: Script, client: AclClient) -> None:
    script.answers = [(404, "ACL policy not found"), DROP, "", "", None]
    assert client.find_policy("p") is None
    client.write_policy({"Name": "p"})
    client.delete_policy("p")
    assert client.policies() == []
    assert asked(script) == [
        ("GET", "/v1/acl/policy/p", {}, None),
        ("PUT", "/v1/acl/policy/p", {}, {"Name": "p"}),
        ("PUT", "/v1/acl/policy/p", {}, {"Name": "p"}),
        ("DELETE", "/v1/acl/policy/p", {}, None),
        ("GET", "/v1/acl/policies", {}, None),
    ]


def test_tokens_by_name_and_accessor(script: Script, client: AclClient) -> None:
    script.answers = [None, (404, "ACL token not found"), {"Name": "t"}, ""]
    assert client.tokens_named('a "b"') == []
    assert client.find_token(ID) is None
    assert client.write_token({"AccessorID": ID}) == {"Name": "t"}
    client.delete_token(ID)
    expression = 'Name == "a \\U00000022b\\U00000022"'
    assert asked(script) == [
        ("GET", "/v1/acl/tokens", {"filter": expression}, None),
        ("GET", f"/v1/acl/token/{ID}", {}, None),
        ("PUT", f"/v1/acl/token/{ID}", {}, {"AccessorID": ID}),
        ("DELETE", f"/v1/acl/token/{ID}", {}, None),
    ]


def test_a_token_is_made_once(script: Script, client: AclClient) -> None:
    script.answers = [DROP]
    with pytest.raises(UnavailableError):
        client.create_token({"Name": "t"})
    assert asked(script) == [("PUT", "/v1/acl/token", {}, {"Name": "t"})]


@pytest.mark.parametrize("unknown", [(404, "ACL token not found"), (403, "Permission denied")])
def test_a_secret_that_nobody_has(script: Script, client: AclClient, unknown: t.Any) -> None:
    script.answers = [unknown, DROP, {"Type": "management"}]
    assert client.find_holder("s") is None
    with pytest.raises(UnavailableError):
        client.bootstrap("s")
    assert client.find_holder("s") == {"Type": "management"}
    assert [request["token"] for request in script.asked] == ["s", None, "s"]
    assert script.asked[1]["json"] == {"BootstrapSecret": "s"}


def test_other_answers_are_errors(script: Script, client: AclClient) -> None:
    script.answers = [(400, "ACL support disabled"), (404, "<html>")]
    with pytest.raises(ApiError, match=r"disabled\. It has no ACLs: set enabled = true"):
        client.find_holder("s")
    with pytest.raises(ApiError):
        client.find_holder("s")


def test_what_is_refused_needs_a_management_token(script: Script, client: AclClient) -> None:
    script.answers = [(403, "Permission denied")]
    with pytest.raises(ApiError, match=r"that has the type management\.$"):
        client.policies()
