# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it, on a store in memory in place of the client."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._consul import sessions
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError
from ansible_collections.mlops.infra.plugins.modules import consul_lock
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.session_store import (
    SessionStore,
)

GONE = "5e5510ae-0000-4000-8000-aaaaaaaaaaaa"
Run = t.Callable[..., dict[str, t.Any]]
CHECK = {"_ansible_check_mode": True, "_ansible_diff": True}


@pytest.fixture
def server() -> SessionStore:
    return SessionStore()


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: SessionStore
) -> Run:
    def call(**params: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(sessions, "SessionClient", lambda place: server)
        with patch_module_args({"key": "k", **params}), pytest.raises(SystemExit):
            consul_lock.main()
        return json.loads(capsys.readouterr().out)

    return call


def test_acquire_again_release_again(run: Run, server: SessionStore) -> None:
    foreseen = run(name="a", **CHECK)
    assert (foreseen["changed"], foreseen["created"], foreseen["session_id"]) == (True, True, None)
    assert '"holder": "session a"' in foreseen["diff"]["after"]
    assert (server.there, server.records) == ({}, {})
    acquired = run(name="a", ttl=10, value="me", _ansible_diff=True)
    assert (acquired["changed"], acquired["acquired"], acquired["created"]) == (True, True, True)
    assert acquired["session"]["TTL"] == "10s"
    assert server.records["k"].session == acquired["session_id"]
    assert '"value": "me"' in acquired["diff"]["after"]
    again = run(name="a", ttl=10, value="me", _ansible_diff=True)
    assert (again["changed"], again["session_id"]) == (False, acquired["session_id"])
    assert again["diff"]["before"] == again["diff"]["after"]
    assert run(name="a", ttl=10, value="me", **CHECK)["changed"] is False
    assert len(server.there) == 1
    assert run(name="a", state="absent", **CHECK)["changed"] is True
    released = run(name="a", state="absent", _ansible_diff=True)
    assert (released["changed"], released["acquired"], released["destroyed"]) == (
        True,
        False,
        False,
    )
    assert '"holder": null' in released["diff"]["after"]
    assert (server.records["k"].session, server.records["k"].value) == (None, b"me")
    assert run(name="a", state="absent")["changed"] is False
    assert len(server.there) == 1


def test_the_session_is_destroyed_when_asked_for(run: Run, server: SessionStore) -> None:
    run(name="a")
    how = {"name": "a", "state": "absent", "destroy_session": True}
    assert run(**how, **CHECK)["destroyed"] is True
    assert len(server.there) == 1
    assert run(**how)["destroyed"] is True
    assert server.there == {}
    gone = run(**how)
    assert (gone["changed"], gone["destroyed"], gone["session"]) == (False, False, None)


def test_a_new_value_is_a_change(run: Run, server: SessionStore) -> None:
    run(name="a", value="1")
    changed = run(name="a", value="2", _ansible_diff=True)
    assert (changed["changed"], changed["created"]) == (True, False)
    assert '"value": "1"' in changed["diff"]["before"]
    assert '"value": "2"' in changed["diff"]["after"]


def test_a_holder_is_named_and_nothing_left_behind(run: Run, server: SessionStore) -> None:
    theirs = server.add("theirs", "n2")
    server.set("k", b"v", 0, theirs)
    failed = run(name="a", wait=False)
    assert failed["failed"] is True
    assert f"session theirs ({theirs}) of node n2 holds it" in failed["msg"]
    assert failed["holder"]["Name"] == "theirs"
    assert list(server.there) == [theirs]


def test_a_session_that_was_there_stays(run: Run, server: SessionStore) -> None:
    ours = server.add("a")
    server.set("k", b"v", 0, server.add("theirs"))
    assert run(name="a", wait=False)["failed"] is True
    assert ours in server.there


def test_check_mode_does_not_wait(
    run: Run, server: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _self, text: warnings.append(text))
    server.set("k", b"v", 0, server.add("theirs"))
    foreseen = run(name="a", wait_timeout=7, **CHECK)
    assert foreseen["changed"] is True
    (warning,) = warnings
    assert "session theirs" in warning
    assert "would wait for up to 7 seconds" in warning
    assert run(name="a", wait=False, **CHECK)["failed"] is True
    assert server.waits == []


def test_a_wait_that_succeeds(run: Run, server: SessionStore) -> None:
    theirs = server.add("theirs")
    server.set("k", b"v", 0, theirs)
    server.meanwhile = [lambda: server.destroy_session(theirs)]
    assert run(name="a")["changed"] is True
    assert server.waits


def test_a_session_of_something_else(run: Run, server: SessionStore) -> None:
    theirs = server.add("theirs", TTL="10s")
    acquired = run(session=theirs)
    assert (acquired["changed"], acquired["created"]) == (True, False)
    assert server.renewals == [theirs]
    assert run(session=theirs)["changed"] is False
    assert run(session=theirs, state="absent")["changed"] is True
    assert theirs in server.there


def test_a_session_that_does_not_exist(run: Run, server: SessionStore) -> None:
    assert f"session {GONE} does not exist" in run(session=GONE)["msg"]
    assert f"session {GONE} does not exist" in run(session=GONE, **CHECK)["msg"]
    assert "failed" not in run(session=GONE, state="absent")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"session": "../../agent/self"}, "session is '../../agent/self': write the ID"),
        ({"name": None}, "name and session are both null"),
        ({"session": None}, "name and session are both null"),
        ({"session": ""}, "session is '': write the ID"),
        ({"session": GONE + "\n"}, "write the ID"),
        ({"name": "a", "node": "../../x"}, "node is '../../x': write the name"),
        ({"name": "a", "node": ""}, "node is '': write the name"),
        ({"name": "a", "wait_timeout": float("nan")}, "wait_timeout is nan: write a number"),
        ({"name": "a", "wait_timeout": float("inf")}, "wait_timeout is inf: write a number"),
        ({"name": "a", "wait_timeout": -1}, "wait_timeout is -1: write a number"),
    ],
)
def test_what_would_be_asked_for_elsewhere_or_forever(
    run: Run, server: SessionStore, params: dict[str, t.Any], words: str
) -> None:
    for state in ("present", "absent"):
        for extra in ({}, CHECK):
            assert words in run(state=state, **params, **extra)["msg"]
    assert server.there == {}


def test_another_node(run: Run, server: SessionStore) -> None:
    first = run(name="a")["session_id"]
    failed = run(name="a", node="n2", wait=False)
    assert f"session a ({first}) of node n1" in failed["msg"]
    run(name="a", state="absent")
    assert run(name="a", node="n2")["session"]["Node"] == "n2"


def test_differing_options_are_refused_in_check_mode_as_well(
    run: Run, server: SessionStore
) -> None:
    run(name="a", ttl=10)
    for mode in ({}, CHECK):
        assert "ttl 10, and the task says 20" in run(name="a", ttl=20, **mode)["msg"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"key": "/k", "name": "a"}, "begins with '/'"),
        ({"name": "a", "ttl": 5}, "ttl is 5"),
        ({"name": "a", "wait_timeout": -1}, "wait_timeout is -1"),
        ({"session": "s", "ttl": 10}, "ttl says how to create a session"),
        ({"session": "s", "node": "n"}, "node says how to create a session"),
        ({"session": "s", "destroy_session": True}, "destroy_session is for"),
        ({"name": "a", "session": "s"}, "mutually exclusive"),
        ({}, "one of the following is required: name, session"),
    ],
)
def test_wrong_options(
    run: Run, server: SessionStore, params: dict[str, t.Any], words: str
) -> None:
    assert words in run(**params)["msg"]
    assert server.there == {}


def test_a_token_that_may_not_ask_for_the_node(
    run: Run, server: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> str:
        raise ApiError("GET", "/v1/agent/self", 403, "Permission denied")

    monkeypatch.setattr(server, "own_node", refuse)
    assert "give node, or a token with agent:read." in run(name="a")["msg"]
    assert run(name="a", node="n1")["changed"] is True


def test_another_datacenter_needs_a_node(
    run: Run, server: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "own_node", lambda: "")
    assert "not in datacenter dc2: give node" in run(name="a", datacenter="dc2")["msg"]
    assert run(name="a", datacenter="dc2", node="n2")["session"]["Node"] == "n2"


def test_a_server_that_does_not_answer_is_a_sentence(
    run: Run, server: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(key: str) -> t.Any:
        raise ApiError("GET", "/v1/kv/k", 0, "timed out")

    monkeypatch.setattr(server, "find", fail)
    failed = run(name="a", address="http://c:1")
    assert failed["msg"].startswith("Consul at http://c:1: GET /v1/kv/k got no answer: timed out;")
    assert failed["changed"] is False
