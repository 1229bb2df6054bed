# SPDX-License-Identifier: GPL-3.0-or-later
"""How the endpoints of variables, namespaces and nodes are asked, on a real socket."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.objects import ObjectsClient
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils.scripted import DROP

Script = t.Any
NODE = "dbb84c36-fb53-6753-cfd4-f1d8f4f9b3d3"


@pytest.fixture
def client(script: Script) -> ObjectsClient:
    return script.client(ObjectsClient)


def asked(script: Script) -> list[tuple[str, str, t.Any, t.Any]]:
    return [(a["method"], a["path"], a["query"], a["json"]) for a in script.asked]


@pytest.mark.parametrize(
    ("find", "text"),
    [
        ("find_variable", "variable not found"),
        ("find_namespace", "Namespace not found"),
        ("find_node", "node not found"),
    ],
)
def test_what_nomad_does_not_find_is_none(
    script: Script, client: ObjectsClient, find: str, text: str
) -> None:
    script.answers = [(404, text), (404, "<html>")]
    assert getattr(client, find)("x") is None
    with pytest.raises(ApiError):
        getattr(client, find)("x")


def test_a_variable_is_written_and_deleted_with_its_index(
    script: Script, client: ObjectsClient
) -> None:
    script.answers = [{"ModifyIndex": 8}, (204, "")]
    assert client.write_variable("no/app", {"a": "b"}, 7) == {"ModifyIndex": 8}
    client.delete_variable("no/app", 8)
    body = {"Path": "no/app", "Items": {"a": "b"}}
    assert asked(script) == [
        ("PUT", "/v1/var/no%2Fapp", {"cas": "7"}, body),
        ("DELETE", "/v1/var/no%2Fapp", {"cas": "8"}, None),
    ]


def test_a_new_variable_is_written_with_index_0(script: Script, client: ObjectsClient) -> None:
    script.answers = [{"ModifyIndex": 8}]
    client.write_variable("a", {"a": "b"}, 0)
    assert script.asked[0]["query"] == {"cas": "0"}


def test_a_write_with_an_index_is_not_sent_twice(script: Script, client: ObjectsClient) -> None:
    script.answers = [DROP, DROP]
    with pytest.raises(UnavailableError):
        client.write_variable("a", {"a": "b"}, 7)
    with pytest.raises(UnavailableError):
        client.delete_variable("a", 7)
    assert len(script.asked) == 2


def test_a_conflict_keeps_the_variable_that_nomad_shows(
    script: Script, client: ObjectsClient
) -> None:
    script.answers = [(409, {"ModifyIndex": 9})]
    with pytest.raises(ApiError) as caught:
        client.write_variable("a", {"a": "b"}, 7)
    assert (caught.value.status, caught.value.body) == (409, '{"ModifyIndex": 9}')


def test_lists_are_lists_even_when_nomad_says_null(script: Script, client: ObjectsClient) -> None:
    script.answers = [None, None, None, None]
    assert client.variables() == client.jobs() == client.nodes() == []
    assert client.node_allocations(NODE) == ([], 42)


def test_namespaces(script: Script, client: ObjectsClient) -> None:
    script.answers = [DROP, "", ""]
    client.write_namespace({"Name": "a b", "Description": "x"})
    client.delete_namespace("a b")
    body = {"Name": "a b", "Description": "x"}
    assert asked(script) == [
        ("PUT", "/v1/namespace/a%20b", {}, body),
        ("PUT", "/v1/namespace/a%20b", {}, body),
        ("DELETE", "/v1/namespace/a%20b", {}, None),
    ]


def test_nodes_by_an_expression(script: Script, client: ObjectsClient) -> None:
    script.answers = [[], []]
    client.nodes('Name == "x"')
    client.nodes()
    assert [a["query"] for a in script.asked] == [{"filter": 'Name == "x"'}, {}]


def test_a_node_is_watched(script: Script, client: ObjectsClient) -> None:
    script.answers = [{"ID": NODE}]
    assert client.node(NODE, 41, 2.5) == ({"ID": NODE}, 42)
    assert asked(script) == [("GET", f"/v1/node/{NODE}", {"index": "41", "wait": "2500ms"}, None)]


def test_draining(script: Script, client: ObjectsClient) -> None:
    script.answers = [{}, {}, {}]
    spec = {"Deadline": 1, "IgnoreSystemJobs": False}
    client.drain(NODE, spec, False, "why")
    client.drain(NODE, None, True)
    client.set_eligibility(NODE, "ineligible")
    ended = {"NodeID": NODE, "DrainSpec": None, "MarkEligible": True}
    begun = {"NodeID": NODE, "DrainSpec": spec, "MarkEligible": False, "Meta": {"message": "why"}}
    eligibility = {"NodeID": NODE, "Eligibility": "ineligible"}
    assert asked(script) == [
        ("PUT", f"/v1/node/{NODE}/drain", {}, begun),
        ("PUT", f"/v1/node/{NODE}/drain", {}, ended),
        ("PUT", f"/v1/node/{NODE}/eligibility", {}, eligibility),
    ]


def test_a_nodes_meta(script: Script, client: ObjectsClient) -> None:
    script.answers = [{"Meta": {"rack": "r7"}, "Dynamic": {}}, {"Meta": None}, {}]
    assert client.node_meta(NODE) == {"rack": "r7"}
    assert client.node_meta(NODE) == {}
    client.set_node_meta(NODE, {"a": None})
    assert asked(script)[2] == (
        "POST",
        "/v1/client/metadata",
        {"node_id": NODE},
        {"Meta": {"a": None}},
    )
