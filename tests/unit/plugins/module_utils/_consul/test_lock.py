# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.lock import Lock
from ansible_collections.mlops.infra.plugins.module_utils._errors import FailedError
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.store import Store


def acquire(store: Store, lock: Lock, dry: bool = False) -> bool:
    return lock.acquire(store, dry, sleep=lambda _seconds: None)


def test_acquire_and_release_keep_value_and_flags() -> None:
    store = Store()
    store.set("k", b"value", flags=3)
    lock = Lock("k", "s1")
    assert acquire(store, lock) is True
    held = store.records["k"]
    assert (held.session, held.value, held.flags) == ("s1", b"value", 3)
    assert acquire(store, lock) is False
    assert lock.release(store, dry=False) is True
    free = store.records["k"]
    assert (free.session, free.value, free.flags) == (None, b"value", 3)
    assert lock.release(store, dry=False) is False


def test_a_lock_held_with_another_value_is_written_again() -> None:
    store = Store()
    store.set("k", b"old", session="s1")
    assert acquire(store, Lock("k", "s1", b"new", 5)) is True
    assert store.records["k"].value == b"new"
    assert store.records["k"].flags == 5


def test_the_lock_is_acquired_although_the_value_is_already_there() -> None:
    store = Store()
    store.set("k", b"same")
    assert acquire(store, Lock("k", "s1", b"same")) is True
    assert store.records["k"].session == "s1"


@pytest.mark.parametrize("dry", [False, True])
def test_a_held_lock_fails_the_task_and_names_its_holder(dry: bool) -> None:
    store = Store()
    store.set("k", b"", session="other")
    before = store.records["k"]
    with pytest.raises(FailedError, match="session other holds it"):
        acquire(store, Lock("k", "s1"), dry)
    assert Lock("k", "s1").release(store, dry) is False
    assert store.records["k"] == before


def test_dry_changes_nothing() -> None:
    store = Store()
    assert acquire(store, Lock("k", "s1"), dry=True) is True
    assert store.values() == {}
    store.set("k", b"", session="s1")
    assert Lock("k", "s1").release(store, dry=True) is True
    assert store.records["k"].session == "s1"


def test_waiting_ends_when_the_lock_becomes_free() -> None:
    store = Store()
    store.set("k", b"", session="other")
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            store.set("k", b"")

    assert Lock("k", "s1", timeout=60).acquire(store, False, sleep=nap) is True
    assert len(naps) == 2


class Delayed(Store):
    def put(self, key: str, value: bytes, flags: int, **how: str | int) -> bool:
        return False


def test_the_lock_delay_is_told() -> None:
    with pytest.raises(FailedError, match="lock delay"):
        acquire(Delayed(), Lock("k", "s1"))
