# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.shapes import (
    check_readable,
    shaped,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError

ROWS = {"a/y/z": b"2", "a/x": b"1", "a/w": "ü".encode()}
RECORDS = {key: Record(key, value) for key, value in ROWS.items()}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("value", ["ü", "1", "2"]),
        (
            "pair",
            [
                {"key": "a/w", "value": "ü"},
                {"key": "a/x", "value": "1"},
                {"key": "a/y/z", "value": "2"},
            ],
        ),
        ("dict", [{"w": "ü", "x": "1", "y/z": "2"}]),
        ("tree", [{"w": "ü", "x": "1", "y": {"z": "2"}}]),
    ],
)
def test_shapes(shape: str, expected: t.Any) -> None:
    assert shaped(RECORDS, "a/", shape) == expected


def test_what_is_not_text() -> None:
    records = {"a": Record("a", b"\xff")}
    with pytest.raises(UserError, match="value of a is not UTF-8: set base64"):
        shaped(records, "a", "value")
    assert shaped(records, "a", "value", as_base64=True) == ["/w=="]


def test_a_key_that_consul_would_rewrite_is_refused() -> None:
    check_readable("a b=c/ü")
    for key in ("", "/a", "a//b", "a/../b", "a\nb"):
        with pytest.raises(UserError, match=r"^The key "):
            check_readable(key)
