# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against a server that answers as it is told and remembers what it was asked."""

from __future__ import annotations

import base64
import collections
import dataclasses
import json
import os
import pathlib
import socket
import socketserver
import sys
import typing as t
import urllib.parse

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.client import Consul
from ansible_collections.mlops.infra.plugins.module_utils._consul.options import Connection
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.tests.listening import Handler, listening, local

ROW = {
    "LockIndex": 2,
    "Key": "a/ü",
    "Flags": 18446744073709551615,
    "Value": "/wA=",
    "CreateIndex": 3,
    "ModifyIndex": 4,
    "Session": "s",
}


@dataclasses.dataclass
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclasses.dataclass
class Script:
    """The answers still to give, each (status, headers, body), and the requests so far."""

    answers: collections.deque[tuple[int, dict[str, str], str]] = dataclasses.field(
        default_factory=collections.deque
    )
    asked: list[Asked] = dataclasses.field(default_factory=list)

    def then(self, status: int, body: t.Any = "", **headers: str) -> Script:
        text = body if isinstance(body, str) else json.dumps(body)
        self.answers.append((status, headers, text))
        return self


def handler(script: Script) -> type[Handler]:
    class Scripted(Handler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            url = urllib.parse.urlsplit(self.path)
            body = self.content()
            query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
            asked = Asked(self.command, url.path, query, dict(self.headers), body)
            script.asked.append(asked)
            status, headers, text = script.answers.popleft()
            self.answer(status, text.encode(), **headers)

    return Scripted


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def place(script: Script) -> t.Iterator[Connection]:
    with listening(local(handler(script))) as server:
        yield Connection(host="127.0.0.1", port=server.server_port)


def test_a_tree_is_one_consistent_request(script: Script, place: Connection) -> None:
    script.then(200, [ROW], X_Consul_Index="9")
    listing = Consul(place).tree("a/")
    (record,) = listing.records.values()
    assert (record.key, record.value, record.flags) == ("a/ü", b"\xff\x00", 2**64 - 1)
    assert (record.create_index, record.index, record.lock_index) == (3, 4, 2)
    assert (record.session, listing.index, listing.filtered) == ("s", "9", False)
    (asked,) = script.asked
    assert (asked.method, asked.path) == ("GET", "/v1/kv/a/")
    assert asked.query == {"recurse": ["1"], "consistent": ["1"]}
    assert "X-Consul-Token" not in asked.headers


@pytest.mark.parametrize(("mode", "query"), [("default", {}), ("stale", {"stale": ["1"]})])
def test_consistency(
    script: Script, place: Connection, mode: str, query: dict[str, list[str]]
) -> None:
    script.then(404, X_Consul_Index="1")
    assert Consul(dataclasses.replace(place, consistency=mode)).find("a").records == {}
    assert script.asked[0].query == query


def test_another_server_is_not_taken_for_a_consul_without_the_key(
    script: Script, place: Connection
) -> None:
    script.then(404)
    with pytest.raises(ApiError, match="answered 404"):
        Consul(place).find("a")


@pytest.mark.parametrize("host", ["a..b", "a" * 300, "*"])
def test_a_host_that_is_none_is_an_error_of_the_request(place: Connection, host: str) -> None:
    with pytest.raises(ApiError, match="GET /v1/kv/a got no answer"):
        Consul(dataclasses.replace(place, host=host)).find("a")


def test_a_password_may_have_any_letter(script: Script, place: Connection) -> None:
    script.then(200, "true")
    Consul(dataclasses.replace(place, auth=("ü", "✓"))).put("a", b"x", 0)
    sent = script.asked[0].headers["Authorization"].split()[1]
    assert base64.b64decode(sent).decode() == "ü:✓"


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        ((200, {"DebugConfig": {"KVMaxValueSize": 5}}), 5),
        ((200, {"Config": {}}), sys.maxsize),
        ((403, "Permission denied"), sys.maxsize),
    ],
)
def test_the_limit_of_a_value(
    script: Script, place: Connection, answer: tuple[int, t.Any], limit: int
) -> None:
    script.then(*answer)
    assert Consul(place).value_limit() == limit


def test_a_filtered_answer_is_told(script: Script, place: Connection) -> None:
    script.then(200, [ROW], X_Consul_Results_Filtered_By_ACLs="true")
    assert Consul(place).tree("a/").filtered is True


def test_scope_token_and_auth_go_with_every_request(
    monkeypatch: pytest.MonkeyPatch, script: Script, place: Connection
) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "of-the-environment")
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "elsewhere:1")
    scope = (("dc", "d"), ("ns", "n"), ("partition", "p"))
    place = dataclasses.replace(place, token="given", scope=scope, auth=("u", "p"))
    script.then(404, X_Consul_Index="1").then(200, {"Results": []}).then(200, "true")
    client = Consul(place)
    client.find("a")
    client.transact(b"[]")
    client.put("a", b"x", 0)
    assert len(script.asked) == 3
    for asked in script.asked:
        assert asked.headers["X-Consul-Token"] == "given"
        assert asked.headers["Authorization"] == "Basic dTpw"
        assert {name: asked.query[name] for name in ("dc", "ns", "partition")} == {
            "dc": ["d"],
            "ns": ["n"],
            "partition": ["p"],
        }


def test_without_a_token_the_one_of_the_environment_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, script: Script, place: Connection
) -> None:
    """options.py decides about the environment; py-consul would overrule it."""
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "of-the-environment")
    script.then(404, X_Consul_Index="1")
    Consul(place).find("a")
    assert "X-Consul-Token" not in script.asked[0].headers


def test_keys_are_quoted(script: Script, place: Connection) -> None:
    script.then(404, X_Consul_Index="1")
    Consul(place).find("a b/ü%?#+")
    assert script.asked[0].path == "/v1/kv/a%20b/%C3%BC%25%3F%23%2B"


def test_a_transaction_and_what_it_returns(script: Script, place: Connection) -> None:
    written = {"KV": {**ROW, "Value": None}}
    script.then(200, {"Results": [written], "Errors": None})
    answer = Consul(place).transact(b"[1]")
    assert script.asked[0].body == b"[1]"
    assert [(r.key, r.value, r.index) for r in answer.records] == [("a/ü", b"", 4)]
    assert answer.errors == []


def test_a_transaction_that_was_rolled_back(script: Script, place: Connection) -> None:
    errors = [{"OpIndex": 1, "What": "index is stale"}]
    script.then(409, {"Results": None, "Errors": errors})
    assert Consul(place).transact(b"[]") == ([], [(1, "index is stale")])


def test_put(script: Script, place: Connection) -> None:
    script.then(200, "true").then(200, "false")
    client = Consul(place)
    assert client.put("a", b"\xff", 7, cas=0) is True
    assert client.put("a", b"", 0, acquire="s") is False
    assert script.asked[0].query == {"flags": ["7"], "cas": ["0"]}
    assert script.asked[0].body == b"\xff"
    assert script.asked[1].query == {"flags": ["0"], "acquire": ["s"]}


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 429, 500])
def test_a_refusal_is_an_error_with_its_text(
    script: Script, place: Connection, status: int
) -> None:
    script.then(status, "the reason")
    with pytest.raises(ApiError, match="the reason") as caught:
        Consul(place).put("a", b"", 0)
    assert (caught.value.status, caught.value.path) == (status, "/v1/kv/a")


def test_another_server(script: Script, place: Connection) -> None:
    script.then(200, "<html>welcome</html>")
    with pytest.raises(ApiError, match=r"is another server there\? <html>welcome"):
        Consul(place).find("a")


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = Connection(host="127.0.0.1", port=taken.getsockname()[1])
        with pytest.raises(ApiError) as caught:
            Consul(place).find("a")
    assert caught.value.status == 0
    assert str(caught.value).endswith("Connection refused")


def test_too_slow(place: Connection) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = dataclasses.replace(place, port=silent.getsockname()[1], timeout=0.1)
        with pytest.raises(ApiError, match="timed out"):
            Consul(slow).find("a")


SELF = "/v1/acl/token/self"
MANAGEMENT = {"ID": "00000000-0000-0000-0000-000000000001", "Name": "global-management"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([(401, "ACL support disabled")], True),
        ([(200, {"Policies": [MANAGEMENT]})], True),
        ([(200, {"Policies": None}), (200, {"Config": {"Version": "1.10.12"}})], False),
        ([(200, {"Policies": []}), (200, {"Config": {"Version": "1.11.0+ent"}})], True),
        ([(403, "ACL not found"), (200, {"Config": {"Version": "1.22.1"}})], True),
        ([(403, "ACL not found"), (403, "Permission denied")], False),
        ([(500, "The ACL system is currently in legacy mode."), (403, "no")], False),
    ],
)
def test_who_sees_all(
    script: Script, place: Connection, answers: list[tuple[int, t.Any]], expected: bool
) -> None:
    for status, body in answers:
        script.then(status, body)
    assert Consul(place).sees_all() is expected
    assert [asked.path for asked in script.asked] == [SELF, "/v1/agent/self"][: len(answers)]


def test_a_proxy_of_the_environment_is_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, script: Script, place: Connection
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    script.then(404, X_Consul_Index="1")
    assert Consul(place).find("a").records == {}
    assert Consul(Connection(host="consul.example.org")).http.session.trust_env is True


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def test_unix_socket(script: Script, tmp_path: pathlib.Path) -> None:
    path = os.path.relpath(tmp_path / "s")
    script.then(200, [ROW]).then(200, "true")
    with listening(UnixServer(path, handler(script))):
        client = Consul(Connection(socket=path))
        assert list(client.tree("a/").records) == ["a/ü"]
        assert client.put("a", b"x", 0) is True
    with pytest.raises(ApiError, match="No such file"):
        Consul(Connection(socket=path + "none")).find("a")
