# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import json

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Change, Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.pack import (
    Limits,
    narrower,
    operation,
    pack,
)
from hypothesis import given
from hypothesis import strategies as st

CHANGES = st.lists(
    st.builds(
        lambda key, value, flags: Change(key, Record(key, b"", index=7), value, flags),
        st.text(min_size=1, max_size=6),
        st.none() | st.binary(max_size=200),
        st.integers(0, 2**64 - 1),
    ),
    max_size=40,
)


@given(CHANGES, st.integers(1, 9), st.integers(60, 900))
def test_packing_keeps_all_in_order_within_the_limits(
    changes: list[Change], operations: int, size: int
) -> None:
    batches, large = pack(changes, Limits(operations, size))
    for batch in batches:
        assert 1 <= len(batch.changes) <= operations
        assert len(batch.body) <= size
        assert [op["KV"]["Key"] for op in json.loads(batch.body)] == [c.key for c in batch.changes]
    for change in large:
        assert len(operation(change)) + 2 > size
    packed = [change for batch in batches for change in batch.changes]
    assert packed == [change for change in changes if len(operation(change)) + 2 <= size]
    assert len(packed) + len(large) == len(changes)


@given(CHANGES, st.integers(1, 9), st.integers(60, 900))
def test_no_two_neighbours_would_fit_into_one(
    changes: list[Change], operations: int, size: int
) -> None:
    batches, _large = pack(changes, Limits(operations, size))
    for one, two in itertools.pairwise(batches):
        full = len(one.changes) == operations
        assert full or len(one.body) + 1 + len(operation(two.changes[0])) > size


def test_a_thousand_keys_are_sixteen_transactions() -> None:
    changes = [Change(f"app/key{n:04}", None, b"value") for n in range(1000)]
    assert [len(b.changes) for b in pack(changes, Limits())[0]] == [64] * 15 + [40]


def test_operations_are_what_consul_documents() -> None:
    write = Change("ü", None, b"\x00\xff", 2**64 - 1)
    assert json.loads(operation(write)) == {
        "KV": {"Verb": "cas", "Key": "ü", "Index": 0, "Value": "AP8=", "Flags": 2**64 - 1}
    }
    delete = Change("a", Record("a", b"x", index=12), None)
    assert json.loads(operation(delete)) == {"KV": {"Verb": "delete-cas", "Key": "a", "Index": 12}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Transaction contains too many operations (128 > 64)", Limits(64, 1000)),
        (
            "Request body(900 bytes) too large, max size: 512 bytes. See https://www.consul.io/",
            Limits(128, 512),
        ),
        ("Transaction contains too many operations (128 > 128)", None),
        ("Request body(900 bytes) too large, max size: 2000 bytes.", None),
        ("something else", None),
        ("Transaction contains too many operations (1 > 0)", None),
    ],
)
def test_the_servers_limits_are_read_from_its_refusal(text: str, expected: Limits | None) -> None:
    assert narrower(text, Limits(128, 1000)) == expected
