# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of sessions, names and the catalog, against a server that answers as it is told."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul import catalog
from ansible_collections.mlops.infra.plugins.module_utils._consul.catalog import CatalogClient
from ansible_collections.mlops.infra.plugins.module_utils._consul.client import Consul
from ansible_collections.mlops.infra.plugins.module_utils._consul.complete import incomplete
from ansible_collections.mlops.infra.plugins.module_utils._consul.keys import KeysClient, Names
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._consul.report import sentence
from ansible_collections.mlops.infra.plugins.module_utils._consul.sessions import SessionClient
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils.scripted import (
    Scripted,
    serving,
)

HIDDEN = {"X-Consul-Results-Filtered-By-ACLs": "true"}
SESSION = dict.fromkeys(("ID", "Name", "Node", "TTL", "Behavior", "LockDelay"), "s")
SESSION["CreateIndex"] = "1"


@pytest.fixture
def script() -> t.Iterator[Scripted]:
    with serving("Consul", Scripted()) as script:
        yield script


def place(script: Scripted, **fields: t.Any) -> Connection:
    host, port = script.address.rsplit("/", 1)[1].split(":")
    return Connection(host=host, port=int(port), **fields)


def test_sessions_are_asked_for_by_node(script: Scripted) -> None:
    client = SessionClient(place(script, token="secret"))
    script.answers = [
        {"Config": {"NodeName": "n 1", "Datacenter": "dc1"}},
        [SESSION],
        [SESSION],
        [],
    ]
    assert client.own_node() == "n 1"
    assert client.sessions("n 1") == [SESSION]
    assert client.find_session("s") == SESSION
    assert client.find_session("none") is None
    assert script.paths == [
        "/v1/agent/self",
        "/v1/session/node/n%201",
        "/v1/session/info/s",
        "/v1/session/info/none",
    ]
    assert [asked["query"] for asked in script.asked] == [{}] + [{"consistent": "1"}] * 3
    assert {asked["token"] for asked in script.asked} == {"secret"}


@pytest.mark.parametrize(("datacenter", "node"), [("dc1", "n"), ("dc2", "")])
def test_the_agents_node_is_one_of_its_own_datacenter(
    script: Scripted, datacenter: str, node: str
) -> None:
    script.answers = [{"Config": {"NodeName": "n", "Datacenter": "dc1"}}]
    client = SessionClient(place(script, scope=(("dc", datacenter),)))
    assert client.own_node() == node


def test_a_session_is_created_renewed_destroyed(script: Scripted) -> None:
    client = SessionClient(place(script, scope=(("dc", "d"),)))
    script.answers = [{"ID": "s"}, [SESSION], (404, "Session id 's' not found"), "true"]
    assert client.create_session({"Name": "a"}) == "s"
    assert client.renew_session("s") is True
    assert client.renew_session("s") is False
    client.destroy_session("s")
    assert [(asked["method"], asked["path"]) for asked in script.asked] == [
        ("PUT", "/v1/session/create"),
        ("PUT", "/v1/session/renew/s"),
        ("PUT", "/v1/session/renew/s"),
        ("PUT", "/v1/session/destroy/s"),
    ]
    assert script.asked[0]["json"] == {"Name": "a"}
    assert all(asked["query"] == {"dc": "d"} for asked in script.asked)


def test_another_servers_404_is_no_expired_session(script: Scripted) -> None:
    script.answers = [(404, "<html>")]
    with pytest.raises(ApiError, match="404"):
        SessionClient(place(script)).renew_session("s")


@pytest.mark.parametrize(("seconds", "wait"), [(2.5, "2500ms"), (0.0001, "1ms"), (60, "60000ms")])
def test_a_key_is_watched(script: Scripted, seconds: float, wait: str) -> None:
    script.answers = [(404, "")]
    listing = SessionClient(place(script)).watch("a", "7", seconds)
    assert (listing.records, listing.index) == ({}, "42")
    assert script.asked[0]["query"] == {"index": "7", "wait": wait, "consistent": "1"}


def test_names_alone(script: Scripted) -> None:
    client = KeysClient(place(script, consistency="default"))
    script.answers = [["a/b", "a/c/"], (404, ""), (200, ["a/b"], HIDDEN)]
    assert client.names("a/", "/") == Names(["a/b", "a/c/"], "42", False)
    assert client.names("none") == Names([], "42", False)
    assert client.names("a/").filtered is True
    queries = [asked["query"] for asked in script.asked]
    assert queries == [{"keys": "1", "separator": "/"}, {"keys": "1"}, {"keys": "1"}]


class Sees:
    def __init__(self, everything: bool) -> None:
        self.everything = everything
        self.asked = 0

    def sees_all(self) -> bool:
        self.asked += 1
        return self.everything


@pytest.mark.parametrize(
    ("filtered", "sees", "policy", "words", "asked"),
    [
        (False, True, "fail", None, 1),
        (False, False, "fail", "not certain", 1),
        (True, True, "fail", "ACLs hide a part", 0),
        (False, False, "warn", None, 0),
        (True, False, "warn", "ACLs hide a part", 0),
        (True, False, "ignore", None, 0),
    ],
)
def test_whether_an_answer_is_complete(
    filtered: bool, sees: bool, policy: str, words: str | None, asked: int
) -> None:
    server = Sees(sees)
    text = incomplete(server, Names([], "1", filtered), "a/", policy)
    assert text is None if words is None else words in (text or "")
    assert server.asked == asked


def test_the_catalog_takes_three_requests_and_one_for_each_service(script: Scripted) -> None:
    client = CatalogClient(place(script))
    services = {"web": [], "db-1": [], "consul": []}
    node = dict.fromkeys(catalog.NODE, "n")
    first, second = (dict.fromkeys(catalog.INSTANCE, number) for number in "12")
    script.answers = [[node], [], services, [first], [second]]
    assert client.nodes("") == [node]
    assert client.troubles() == []
    assert client.instances(["web", "db-*"]) == [first, second]
    assert script.paths == [
        "/v1/catalog/nodes",
        "/v1/health/state/any",
        "/v1/catalog/services",
        "/v1/catalog/service/db-1",
        "/v1/catalog/service/web",
    ]
    assert script.asked[1]["query"] == {"filter": 'Status != "passing"', "consistent": "1"}
    assert len(script.connections) == 1
    assert client.filtered is False


def test_no_service_is_no_request(script: Scripted) -> None:
    assert CatalogClient(place(script)).instances([]) == []
    assert script.asked == []


def test_the_catalog_remembers_that_a_part_is_hidden(script: Scripted) -> None:
    client = CatalogClient(place(script))
    script.answers = [(200, [], HIDDEN), []]
    client.nodes("")
    client.troubles()
    assert client.filtered is True


def test_a_filter_that_consul_does_not_understand_is_named(script: Scripted) -> None:
    client = CatalogClient(place(script))
    script.answers = [(500, "Failed to create boolean expression evaluator"), (500, "No leader")]
    with pytest.raises(UserError, match=r"^filter: Consul does not understand 'bad'"):
        client.nodes("bad")
    with pytest.raises(ApiError, match="No leader"):
        client.nodes("good")


ROW = {"Key": "a", "Flags": 0, "CreateIndex": 1, "ModifyIndex": 1, "LockIndex": 0, "Value": "eA=="}
NOT_ROWS: list[t.Any] = [
    *(None, True, 5, "x", {}, [None], ["a"], [{}], "[" * 100_000),
    *([{**ROW, "Value": value}] for value in ("!", 5, "ü")),
    *([{**ROW, "Key": None}], [{**ROW, "ModifyIndex": "1"}]),
]
READ: tuple[t.Any, ...] = (
    (lambda place: Consul(place).tree("a"), NOT_ROWS),
    (lambda place: Consul(place).transact(b"[]"), [None, True, "x", [], {}, {"Results": None}]),
    (lambda place: Consul(place).transact(b"[]"), [{"Errors": [{}]}, {"Results": [{}]}]),
    (lambda place: Consul(place).put("a", b"", 0), [None, 1, "x", [], {}]),
    (lambda place: KeysClient(place).names("a"), [None, True, "x", {}, [None], [ROW]]),
    (lambda place: SessionClient(place).own_node(), [None, [], {}, {"Config": {}}]),
    (lambda place: SessionClient(place).sessions("n"), [True, "x", {}, ["x"], [{}]]),
    (lambda place: SessionClient(place).find_session("s"), [True, "x", {}, ["x"], [{}]]),
    (lambda place: SessionClient(place).create_session({}), [None, [], {}, {"ID": 1}]),
    (lambda place: CatalogClient(place).nodes(""), [True, {}, [{"Node": "n"}]]),
    (lambda place: CatalogClient(place).instances(["*"]), [None, [], "x"]),
)


@pytest.mark.parametrize(("ask", "body"), [(ask, body) for ask, many in READ for body in many])
def test_what_consul_would_not_say(
    script: Scripted, ask: t.Callable[[Connection], t.Any], body: t.Any
) -> None:
    script.answers = [body if isinstance(body, str) and body[0] == "[" else json.dumps(body)]
    with pytest.raises(ApiError, match="is another server there"):
        ask(place(script))


def test_of_a_server_that_says_nonsense_nobody_believes_that_it_hides_nothing(
    script: Scripted,
) -> None:
    script.answers = ["[]", "5", "7", (401, "who are you?"), "{}"]
    client = Consul(place(script))
    assert client.sees_all() is False
    assert client.value_limit() == sys.maxsize
    assert client.sees_all() is False, "only Consul's own 401 says that there are no ACLs"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_token_is_not_sent_to_where_a_redirect_leads(script: Scripted, status: int) -> None:
    with serving("Consul", Scripted()) as elsewhere:
        there = f"{elsewhere.address}/v1/kv/a"
        for ask in (lambda client: client.find("a"), lambda client: client.put("a", b"", 0)):
            script.answers = [(status, "", {"Location": there})]
            with pytest.raises(ApiError) as caught:
                ask(Consul(place(script, token="canary")))
            told = sentence(caught.value, script.address)
            assert f"answered {status}: {there}; write the address that this leads to" in told
        assert elsewhere.asked == []
