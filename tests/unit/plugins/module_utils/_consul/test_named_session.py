# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.named_session import (
    Wanted,
    ensure,
    forget,
    in_words,
    named,
    seconds,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.session_store import (
    SessionStore,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [("", None), ("10s", 10), ("1m30s", 90), ("24h0m0s", 86400), ("500ms", 0.5)],
)
def test_seconds(text: str, number: float | None) -> None:
    assert seconds(text) == number


def test_of_several_of_one_name_the_holder_comes_first_then_the_oldest() -> None:
    server = SessionStore()
    server.add("other")
    old, new = server.add("a"), server.add("a")
    sessions = server.sessions("n1")
    assert named(sessions, "a", None)["ID"] == old  # type: ignore[index]
    assert named(sessions, "a", new)["ID"] == new  # type: ignore[index]
    assert named(sessions, "none", new) is None


def test_a_session_is_created_as_wanted_and_found_again() -> None:
    server = SessionStore()
    wanted = Wanted("a", ttl=30, behavior="delete", lock_delay=0)
    made, created = ensure(server, wanted, "n2", None, None)
    assert created is True
    assert (made["Node"], made["TTL"], made["Behavior"], made["LockDelay"]) == (
        "n2",
        "30s",
        "delete",
        0,
    )
    assert ensure(server, wanted, "n2", made, None) == (made, False)
    assert server.renewals == [made["ID"]]


def test_what_is_not_said_is_left_to_consul() -> None:
    assert Wanted("a").body("n") == {"Name": "a", "Node": "n"}


def test_a_session_without_ttl_needs_no_renewal() -> None:
    server = SessionStore()
    server.add("a")
    there = named(server.sessions("n1"), "a", None)
    assert ensure(server, Wanted("a"), "n1", there, None) == (there, False)
    assert server.renewals == []


def test_a_session_that_expires_meanwhile_is_created_anew() -> None:
    server = SessionStore()
    gone = server.there.pop(server.add("a", TTL="10s"))
    made, created = ensure(server, Wanted("a"), "n1", gone, None)
    assert created is True
    assert made["ID"] != gone["ID"]


def test_of_two_that_create_the_same_the_first_stays() -> None:
    server = SessionStore()
    server.before_create.append(lambda: server.add("a"))
    session, created = ensure(server, Wanted("a"), "n1", None, None)
    assert created is False
    assert list(server.there) == [session["ID"]]


def test_a_created_session_that_cannot_be_seen_is_told() -> None:
    class Blind(SessionStore):
        def sessions(self, node: str) -> list[dict[str, t.Any]]:
            return []

    with pytest.raises(FailedError, match="may read sessions of node n1"):
        ensure(Blind(), Wanted("a"), "n1", None, None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ttl": 20}, "ttl 10, and the task says 20"),
        ({"behavior": "delete"}, "behavior release, and the task says delete"),
        ({"lock_delay": 0}, "lock_delay 15, and the task says 0"),
    ],
)
def test_a_session_that_behaves_otherwise_is_refused(fields: t.Any, words: str) -> None:
    server = SessionStore()
    there = server.there[server.add("a", TTL="10s")]
    with pytest.raises(UserError, match=words):
        ensure(server, Wanted("a", **fields), "n1", there, None)
    Wanted("a", ttl=10, behavior="release", lock_delay=15).compare(there)


def test_a_session_without_ttl_has_none() -> None:
    server = SessionStore()
    with pytest.raises(UserError, match="the ttl none, and the task says 10"):
        Wanted("a", ttl=10).compare(server.there[server.add("a")])


@pytest.mark.parametrize(
    ("wanted", "option"),
    [
        (Wanted(""), "name"),
        (Wanted("a", ttl=9), "ttl"),
        (Wanted("a", ttl=86401), "ttl"),
        (Wanted("a", lock_delay=61), "lock_delay"),
        (Wanted("a", lock_delay=-1), "lock_delay"),
    ],
)
def test_what_consul_refuses_or_ignores_is_refused(wanted: Wanted, option: str) -> None:
    with pytest.raises(UserError, match=f"^{option} is "):
        wanted.check()


def test_what_consul_takes_is_taken() -> None:
    for ttl, delay in ((10, 0), (86400, 60)):
        Wanted("a", ttl=ttl, lock_delay=delay).check()


def test_in_words() -> None:
    server = SessionStore()
    assert (
        in_words(server.there[server.add("a")])
        == "session a (5e5510ae-0000-4000-8000-000000000001) of node n1"
    )
    assert "(no name) (5e5510ae-0000-4000-8000-000000000002)" in in_words(
        server.there[server.add("")]
    )
    assert in_words({"ID": "x"}).startswith("session x, which this token may not read")


def test_forgetting_does_not_hide_why() -> None:
    class Broken(SessionStore):
        def destroy_session(self, session: str) -> None:
            raise ApiError("PUT", "/", 0, "gone")

    forget(Broken(), "x")
    server = SessionStore()
    forget(server, server.add("a"))
    assert server.there == {}
