# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.export import changes, parse, text
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Record
from hypothesis import given
from hypothesis import strategies as st

RECORDS = st.builds(
    Record, st.text(min_size=1, max_size=5), st.binary(max_size=5), st.integers(0, 2**64 - 1)
)
STORES = st.lists(RECORDS, max_size=5).map(lambda rows: {row.key: row for row in rows})


def test_the_text_is_that_of_the_command() -> None:
    """What consul kv export of 1.8.7 wrote for these keys."""
    records = [
        Record("a", b"one", 3),
        Record("b/", b""),
        Record("bin", b"\xff\x00", 2**64 - 1),
        Record("<ü>&\u2028", b"x"),
    ]
    assert text(records) == (
        '[\n\t{\n\t\t"key": "a",\n\t\t"flags": 3,\n\t\t"value": "b25l"\n\t},\n'
        '\t{\n\t\t"key": "b/",\n\t\t"flags": 0,\n\t\t"value": ""\n\t},\n'
        '\t{\n\t\t"key": "bin",\n\t\t"flags": 18446744073709551615,\n\t\t"value": "/wA="\n\t},\n'
        '\t{\n\t\t"key": "\\u003cü\\u003e\\u0026\\u2028",\n\t\t"flags": 0,\n'
        '\t\t"value": "eA=="\n\t}\n]\n'
    )
    assert text([]) == "[]\n"


@given(STORES)
def test_what_is_written_is_read_again(store: dict[str, Record]) -> None:
    assert parse(text(store.values()).encode()) == store
    assert changes(store, parse(text(store.values()).encode()) or {}) == []


@given(STORES, STORES)
def test_changes_lead_from_one_to_the_other(old: dict[str, Record], new: dict[str, Record]) -> None:
    store = {key: (record.value, record.flags) for key, record in old.items()}
    for change in changes(old, new):
        if change.after is None:
            del store[change.key]
        else:
            assert store.get(change.key) != (change.after, change.flags)
            store[change.key] = (change.after, change.flags)
    assert store == {key: (record.value, record.flags) for key, record in new.items()}


def test_order_and_form_mean_nothing() -> None:
    rows = json.loads(text([Record("a", b"1"), Record("b", b"2")]))
    assert parse(json.dumps(rows[::-1]).encode()) == parse(
        text([Record("b", b"2"), Record("a", b"1")]).encode()
    )


def test_what_an_entry_may_leave_out() -> None:
    """Whoever writes such a file by hand: the same that consul_kv takes as a tree."""
    content = b'[{"key": "a", "value": "MT\\nI="}, {"key": "b", "value": null}]'
    assert parse(content) == {"a": Record("a", b"12"), "b": Record("b", b"")}


def test_indexes_are_no_change() -> None:
    assert changes({"a": Record("a", b"1")}, {"a": Record("a", b"1", 0, 7, 6, 5, "s")}) == []


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"5",
        b'{"key": 1}',
        b"[1]",
        b"[" * 100_000,
        b'[{"key": [], "value": "", "flags": 0}]',
        b'[{"key": 5, "value": "", "flags": 0}]',
        b'[{"key": "a", "value": "", "flags": {"a": 1}}]',
        b'[{"key": "a", "value": "", "flags": true}]',
        b'[{"key": "a", "value": "", "flags": {}}]',
        b'[{"key": "a"}]',
        b"\xff",
        b'[{"key": "a", "flags": 0, "value": "%"}]',
    ],
)
def test_what_is_no_export(content: bytes | None) -> None:
    assert parse(content) is None
