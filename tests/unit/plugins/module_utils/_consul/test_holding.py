# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.holding import (
    Claim,
    acquire,
    release,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    WaitTimeoutError,
)
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.session_store import (
    SessionStore,
)


@pytest.fixture
def server() -> SessionStore:
    return SessionStore()


def claim(server: SessionStore, value: bytes | None = None, **fields: t.Any) -> Claim:
    return Claim("k", server.there[server.add("ours", **fields)], value)


def theirs(server: SessionStore, value: bytes = b"v") -> str:
    session = server.add("theirs", "n2")
    server.set("k", value, 7, session)
    return session


def still(seconds: float) -> None:
    """A sleep that takes no time."""


def test_a_free_lock_is_acquired_once(server: SessionStore) -> None:
    wish = claim(server)
    assert acquire(server, wish, 0.0) is True
    assert server.records["k"].session == wish.session["ID"]
    assert server.records["k"].value == b""
    assert acquire(server, wish, 0.0) is False


def test_value_and_flags_are_kept_unless_a_value_is_given(server: SessionStore) -> None:
    server.set("k", b"v", 7)
    assert acquire(server, claim(server), 0.0) is True
    assert (server.records["k"].value, server.records["k"].flags) == (b"v", 7)
    ours = Claim("k", server.there[server.records["k"].session or ""], b"w")
    assert acquire(server, ours, 0.0) is True
    assert (server.records["k"].value, server.records["k"].flags) == (b"w", 7)
    assert acquire(server, ours, 0.0) is False


def test_who_holds_it_is_named(server: SessionStore) -> None:
    holder = theirs(server)
    with pytest.raises(FailedError, match=rf"session theirs \({holder}\) of node n2 holds") as got:
        acquire(server, claim(server), 0.0)
    assert got.value.details["holder"]["ID"] == holder
    assert server.transactions == []


def test_a_holder_that_cannot_be_read_is_named_by_its_id(server: SessionStore) -> None:
    holder = theirs(server)
    wish = claim(server)
    del server.there[holder]
    with pytest.raises(FailedError, match="may not read") as got:
        acquire(server, wish, 0.0)
    assert got.value.details == {"holder": {"ID": holder}}


def test_it_waits_by_queries_until_the_lock_is_free(server: SessionStore) -> None:
    holder = theirs(server)
    server.meanwhile = [lambda: None, lambda: server.destroy_session(holder)]
    wish = claim(server, TTL="10s")
    assert acquire(server, wish, 100.0, sleep=still) is True
    assert server.waits == [5.0, 5.0]  # half the TTL, so that the session is renewed in time
    assert server.renewals == [wish.session["ID"]] * 2


def test_a_session_without_ttl_waits_longer_at_a_time(server: SessionStore) -> None:
    holder = theirs(server)
    server.meanwhile = [lambda: server.destroy_session(holder)]
    assert acquire(server, claim(server), 100.0, sleep=still) is True
    assert server.waits == [60.0]
    assert server.renewals == []


def test_the_wait_ends(server: SessionStore) -> None:
    theirs(server)
    with pytest.raises(WaitTimeoutError, match=r"in 0.01 seconds \(wait_timeout\): session theirs"):
        acquire(server, claim(server), 0.01, sleep=still)
    assert server.waits


def test_a_lock_delay_is_waited_for(server: SessionStore) -> None:
    server.set("k", b"v")
    server.delayed["k"] = 3
    pauses: list[float] = []
    assert acquire(server, claim(server), 100.0, sleep=pauses.append) is True
    assert pauses == [1.0] * 3
    assert server.waits == []


def test_a_lock_delay_without_wait_is_told(server: SessionStore) -> None:
    server.set("k", b"v")
    server.delayed["k"] = 9
    with pytest.raises(FailedError, match="lock delay") as got:
        acquire(server, claim(server), 0.0, sleep=still)
    assert got.value.details == {"holder": None}


def test_what_others_write_meanwhile_is_kept(server: SessionStore) -> None:
    server.set("k", b"v")
    server.before_write.append(lambda store: store.set("k", b"newer"))
    assert acquire(server, claim(server), 100.0, sleep=still) is True
    assert server.records["k"].value == b"newer"


def test_who_is_first_by_a_moment_is_named(server: SessionStore) -> None:
    server.before_write.append(lambda store: theirs(t.cast(SessionStore, store)))
    with pytest.raises(FailedError, match="session theirs"):
        acquire(server, claim(server), 0.0)


def test_a_session_that_expires_while_it_waits_is_told(server: SessionStore) -> None:
    theirs(server)
    wish = claim(server, TTL="10s")
    server.meanwhile = [lambda: server.there.pop(wish.session["ID"])]
    with pytest.raises(FailedError, match="expired while it waited"):
        acquire(server, wish, 100.0, sleep=still)


def test_a_session_that_is_gone_is_told(server: SessionStore) -> None:
    wish = claim(server)
    server.there.clear()
    with pytest.raises(FailedError, match="has expired or was destroyed"):
        acquire(server, wish, 100.0, sleep=still)


def test_a_refusal_is_no_wait(server: SessionStore) -> None:
    server.forbidden.add("k")
    with pytest.raises(ApiError, match="k: Permission denied") as got:
        acquire(server, claim(server), 100.0, sleep=still)
    assert got.value.status == 403


class Failing(SessionStore):
    """A server that carries out what it does not answer to, or has no leader for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[ApiError] = []

    def transact(self, body: bytes) -> t.Any:
        answer = super().transact(body)
        if self.failures:
            raise self.failures.pop(0)
        return answer


LOST = ApiError("PUT", "/v1/txn", 0, "timed out")
LEADERLESS = ApiError("PUT", "/v1/txn", 500, "No cluster leader")


CUT = ApiError("PUT", "/v1/txn", 500, "rpc error making call: EOF")


@pytest.mark.parametrize("error", [LOST, LEADERLESS, CUT, ApiError("PUT", "/v1/txn", 429, "")])
def test_the_wait_lasts_through_an_election(error: ApiError) -> None:
    server = Failing()
    server.failures = [error]
    wish = claim(server)
    assert acquire(server, wish, 100.0, sleep=still) is True  # though the first try had done it
    assert server.records["k"].session == wish.session["ID"]


def test_without_wait_it_does_not() -> None:
    server = Failing()
    server.failures = [LEADERLESS]
    with pytest.raises(ApiError, match="No cluster leader"):
        acquire(server, claim(server), 0.0, sleep=still)


def test_other_errors_end_the_wait() -> None:
    server = Failing()
    server.failures = [ApiError("PUT", "/v1/txn", 500, "rpc error making call: no such thing")]
    with pytest.raises(ApiError, match="no such thing"):
        acquire(server, claim(server), 100.0, sleep=still)


def test_release_keeps_the_value_and_happens_once(server: SessionStore) -> None:
    wish = claim(server)
    server.set("k", b"v", 7, wish.session["ID"])
    assert release(server, wish) is True
    record = server.records["k"]
    assert (record.session, record.value, record.flags) == (None, b"v", 7)
    assert release(server, wish) is False


def test_the_lock_of_others_is_not_released(server: SessionStore) -> None:
    holder = theirs(server)
    assert release(server, claim(server)) is False
    assert server.records["k"].session == holder


def test_release_sees_what_was_written_meanwhile(server: SessionStore) -> None:
    wish = claim(server)
    session = wish.session["ID"]
    server.set("k", b"v", 0, session)
    server.before_write.append(lambda store: store.set("k", b"newer", 0, session))
    assert release(server, wish) is True
    assert server.records["k"].value == b"newer"


def test_release_gives_up_and_says_so(server: SessionStore) -> None:
    wish = claim(server)
    session = wish.session["ID"]
    server.set("k", b"v", 0, session)
    server.before_write = [lambda store: store.set("k", b"again", 0, session)] * 99
    with pytest.raises(ConflictError, match="was not released"):
        release(server, wish)


def test_the_first_look_does_not_wait(server: SessionStore) -> None:
    looked: list[str] = []

    class Watched(SessionStore):
        def find(self, key: str) -> Listing:
            looked.append("find")
            return super().find(key)

    other = Watched()
    assert acquire(other, claim(other), 100.0, sleep=still) is True
    assert looked == ["find"]
    assert other.waits == []
