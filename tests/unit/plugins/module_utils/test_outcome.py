# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._outcome import parse_sensitive


@pytest.mark.parametrize(
    ("sensitive", "expected"),
    [
        (None, []),
        (False, []),
        ("no", []),
        ("False", []),
        ([], []),
        (True, [""]),
        ("true", [""]),
        ("pass", ["pass"]),
        (["a", "b$"], ["a", "b$"]),
    ],
)
def test_sensitive(sensitive: t.Any, expected: list[str]) -> None:
    assert parse_sensitive(sensitive) == expected


def test_a_broken_pattern_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"'\(' is no regular expression"):
        parse_sensitive(["("])


@pytest.mark.parametrize("sensitive", [{"password": True}, 5, 0.5])
def test_what_would_hide_nothing_is_refused(sensitive: t.Any) -> None:
    with pytest.raises(UserError, match=r"sensitive is .*: write true, false"):
        parse_sensitive(sensitive)
