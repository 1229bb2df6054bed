# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.answers import Answer
from ansible_collections.mlops.infra.plugins.module_utils._consul.goal import Goal
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Change, Leaf, Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.pack import Limits
from ansible_collections.mlops.infra.plugins.module_utils._consul.sync import Work, synchronise
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.store import Store
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.sampled_from(["p", "p/a", "p/b", "p/c/d", "p/c/e", "pq/a", "x"])
TREES = st.dictionaries(KEYS, st.binary(max_size=30))


def goal(desired: t.Mapping[str, bytes], **more: t.Any) -> Goal:
    return Goal("p/", True, {key: Leaf(value) for key, value in desired.items()}, **more)


def sync(store: Store, wanted: Goal, **settings: t.Any) -> Work:
    work = Work(settings.pop("limits", Limits()), **settings)
    changes = wanted.changes(store.tree(wanted.root))
    synchronise(
        store, changes, lambda: wanted.changes(store.tree(wanted.root)), work, lambda _seconds: None
    )
    return work


@given(TREES, TREES, st.integers(1, 3), st.integers(1, 4), st.booleans())
def test_afterwards_the_tree_is_as_desired_and_the_rest_as_it_was(
    before: dict[str, bytes], desired: dict[str, bytes], ours: int, theirs: int, purge: bool
) -> None:
    store = Store(operations=theirs, size=150)
    for key, value in before.items():
        store.set(key, value)
    desired = {key: value for key, value in desired.items() if key.startswith("p/")}
    wanted = goal(desired, prune=purge)
    sync(store, wanted, limits=Limits(ours, 150))
    kept = {k: v for k, v in before.items() if not (purge and k.startswith("p/"))}
    assert store.values() == {**kept, **desired}
    assert wanted.changes(store.tree("p/")) == []


def test_a_thousand_changed_keys_are_sixteen_requests() -> None:
    store = Store()
    sync(store, goal({f"p/{n}": b"x" for n in range(1000)}))
    assert store.transactions == [64] * 15 + [40]


def test_what_the_server_takes_at_once_is_learnt_from_its_refusal() -> None:
    store = Store(operations=64)
    work = sync(store, goal({f"p/{n}": b"x" for n in range(200)}), limits=Limits(128))
    assert store.transactions == [64, 64, 64, 8]
    assert len(work.changes) == 200


def test_a_value_too_large_for_a_transaction_is_written_alone() -> None:
    store = Store(size=300, value_size=300)
    sync(store, goal({"p/large": b"x" * 300, "p/small": b"y"}), limits=Limits(size=300))
    assert store.values() == {"p/large": b"x" * 300, "p/small": b"y"}
    assert store.transactions == [1]


def test_a_value_too_large_for_the_server_is_refused_by_name_before_anything_is_written() -> None:
    store = Store(size=300, value_size=300)
    desired = {"p/a": b"x" * 290, "p/b": b"x" * 301, "p/c": b"y"}
    with pytest.raises(UserError, match="p/b has 301 bytes"):
        sync(store, goal(desired), limits=Limits(size=300))
    assert store.values() == {}


def test_atomic_is_refused_before_anything_is_written() -> None:
    store = Store()
    with pytest.raises(UserError, match="atomic"):
        sync(store, goal({f"p/{n}": b"x" for n in range(65)}), atomic=True)
    assert store.values() == {}
    sync(store, goal({f"p/{n}": b"x" for n in range(64)}), atomic=True)
    assert len(store.values()) == 64


def test_atomic_holds_when_the_server_takes_less_than_expected() -> None:
    store = Store(operations=2)
    with pytest.raises(UserError, match="2 operations"):
        sync(store, goal({f"p/{n}": b"x" for n in range(3)}), atomic=True)
    assert store.values() == {}


def test_somebody_elses_change_of_another_key_stays() -> None:
    store = Store()
    store.before_write = [lambda s: s.set("p/theirs", b"theirs")]
    work = sync(store, goal({"p/ours": b"ours"}, prune=True))
    assert store.values() == {"p/ours": b"ours", "p/theirs": b"theirs"}
    assert [change.key for change in work.changes] == ["p/ours"]


def test_a_conflict_is_read_again_and_merged() -> None:
    store = Store()
    store.set("p/a", b"old", flags=1)
    store.before_write = [lambda s: s.set("p/a", b"theirs", flags=2)]
    work = sync(store, goal({"p/a": b"ours", "p/b": b"ours"}))
    assert store.values() == {"p/a": b"ours", "p/b": b"ours"}
    assert store.records["p/a"].flags == 2
    assert work.changes[0].before == work.done["p/a"].before
    assert work.changes[0].before is not None
    assert work.changes[0].before.value == b"theirs"


def test_nothing_is_left_to_do_when_the_other_one_wrote_the_same() -> None:
    store = Store()
    store.before_write = [lambda s: s.set("p/a", b"same")]
    assert sync(store, goal({"p/a": b"same"})).changes == []


def test_a_key_that_was_written_is_not_fought_for() -> None:
    """Else two tasks with different values would undo each other's work to the end."""
    store = Store(operations=1)
    store.before_write = [
        lambda s: None,
        lambda s: (s.set("p/a", b"later"), s.set("p/b", b"theirs")),
    ]
    sync(store, goal({"p/a": b"ours", "p/b": b"ours"}), limits=Limits(1))
    assert store.values() == {"p/a": b"later", "p/b": b"ours"}


def test_a_conflict_that_does_not_end_names_the_keys() -> None:
    store = Store()
    store.before_write = [lambda s: s.set("p/a", b"theirs")] * 9
    with pytest.raises(ConflictError, match="p/a"):
        sync(store, goal({"p/a": b"ours"}), attempts=3)
    assert store.values() == {"p/a": b"theirs"}


def test_a_conflict_is_told_apart_from_what_was_to_go_with_it() -> None:
    store = Store()
    store.before_write = [lambda s: s.set("p/b", b"theirs")]
    with pytest.raises(ConflictError) as caught:
        sync(store, goal({"p/a": b"ours", "p/b": b"ours"}), attempts=1)
    assert str(caught.value) == (
        "Somebody else changed p/b meanwhile. Not changed by this task: p/a, p/b."
    )


def test_a_refusal_after_a_part_says_what_was_done() -> None:
    store = Store()
    store.forbidden = {"p/z"}
    desired = {"p/a": b"", "p/b": b"", "p/z": b""}
    with pytest.raises(FailedError, match=r"[^.]\. 2 of 3 keys had been changed") as caught:
        sync(store, goal(desired), limits=Limits(2))
    assert caught.value.details["changed_keys"] == ["p/a", "p/b"]
    assert caught.value.details["changed"] is True
    assert caught.value.details["status"] == 403


def test_a_refusal_names_the_key() -> None:
    store = Store()
    store.forbidden = {"p/b"}
    with pytest.raises(ApiError, match="p/b: Permission denied") as caught:
        sync(store, goal({"p/a": b"", "p/b": b""}))
    assert caught.value.status == 403
    assert store.values() == {}


class Unreliable(Store):
    """It carries out the first transaction and its answer gets lost."""

    def transact(self, body: bytes) -> t.Any:
        answer = super().transact(body)
        if len(self.transactions) == 1:
            raise ApiError("PUT", "/v1/txn", 0, "connection dropped")
        return answer


def test_a_lost_answer_is_cleared_up_by_reading_again() -> None:
    store = Unreliable()
    work = sync(store, goal({"p/a": b"ours"}))
    assert store.transactions == [1]
    assert store.values() == {"p/a": b"ours"}
    assert [change.key for change in work.changes] == ["p/a"]


@pytest.mark.parametrize(
    "said",
    [
        "No cluster leader",
        "leadership lost while committing log",
        "Not ready to serve consistent reads",
        "rpc error getting client: failed to get conn: dial tcp: connect: connection refused",
        "rpc error making call: EOF",
        "rpc error making call: stream closed",
    ],
)
def test_an_election_passes_by_itself(said: str) -> None:
    """What an agent said when the leader was killed that it passed the transaction on to."""
    store = Electing(said)
    assert [change.key for change in sync(store, goal({"p/a": b"ours"})).changes] == ["p/a"]
    assert store.values() == {"p/a": b"ours"}


class Electing(Store):
    """It has no leader for the first transaction."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.said = [said]

    def transact(self, body: bytes) -> t.Any:
        if self.said:
            raise ApiError("PUT", "/v1/txn", 500, self.said.pop())
        return super().transact(body)


def test_without_a_second_attempt_a_lost_answer_is_told() -> None:
    store = Unreliable()
    with pytest.raises(FailedError, match="connection dropped") as caught:
        sync(store, goal({"p/a": b"ours"}), attempts=1)
    assert "0 of 1 keys had been changed before, and 1 more may have been." in str(caught.value)
    assert caught.value.details["changed_keys"] == ["p/a"]


def test_records_have_the_new_index_and_the_value() -> None:
    store = Store()
    work = sync(store, goal({"p/a": b"ours"}, flags=4))
    assert work.records == {"p/a": store.records["p/a"]}
    assert work.changes == [Change("p/a", None, b"ours", 4)]


class Odd(Store):
    """Carries out what it is asked for, and answers the second transaction by C(answer)."""

    def __init__(self, answer: t.Any) -> None:
        super().__init__(operations=2)
        self.answer = answer

    def transact(self, body: bytes) -> Answer:
        answer = super().transact(body)
        if len(self.transactions) != 2:
            return answer
        if isinstance(self.answer, ApiError):
            raise self.answer
        return self.answer


FOREIGN = Record("elsewhere", b"", 0, 1)


@pytest.mark.parametrize(
    "answer",
    [
        ApiError("PUT", "/v1/txn", 200, "<html>"),
        Answer([], []),
        Answer([FOREIGN], []),
        Answer([], [(2, "index is stale")]),
        Answer([], [(-1, "index is stale")]),
    ],
)
def test_what_somebody_else_answered_for_may_have_been_done(answer: t.Any) -> None:
    store = Odd(answer)
    with pytest.raises(FailedError) as caught:
        sync(store, goal({f"p/{n}": b"x" for n in range(6)}), limits=Limits(2))
    assert "2 of 6 keys had been changed before, and 2 more may have been" in str(caught.value)
    assert caught.value.details["changed_keys"] == sorted(store.values())
    assert len(store.values()) == 4


@pytest.mark.parametrize("done", [True, False])
def test_what_is_read_after_a_lost_answer_is_known(done: bool) -> None:
    """Then the server is gone for good."""

    class Leaves(Store):
        calls = 0

        def transact(self, body: bytes) -> Answer:
            self.calls += 1
            if self.calls == 1 or (self.calls == 2 and done):
                super().transact(body)
            if self.calls == 1:
                return Answer([Record("p/0", b"x", 0, 1)], [])
            raise ApiError("PUT", "/v1/txn", 0 if self.calls == 2 else 403, "gone")

    store = Leaves()
    with pytest.raises(FailedError) as caught:
        sync(store, goal({f"p/{n}": b"x" for n in range(3)}), limits=Limits(1))
    assert "not known" not in str(caught.value)
    assert caught.value.details["changed_keys"] == sorted(store.values())
    assert len(store.values()) == 1 + done
