# SPDX-License-Identifier: GPL-3.0-or-later
"""Every container on every host keeps to section 5 of the CIS Docker Benchmark, but for named exceptions."""

from __future__ import annotations

import pytest

from . import cis


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, int]]:
    return cis.findings()


def test_what_does_not_hold_has_a_reason(found: dict[str, dict[str, int]]) -> None:
    failed = {k: {n for n, count in items.items() if count} for k, items in found.items()}
    unexplained = {k: sorted(n - cis.reasons(k).keys()) for k, n in failed.items()}
    assert {k: n for k, n in unexplained.items() if n} == {}


def test_no_reason_is_given_for_what_holds(found: dict[str, dict[str, int]]) -> None:
    services = {k: items for k, items in found.items() if k != "task"}
    assert services
    for one, items in services.items():
        assert [n for n in cis.reasons(one) if not items[n]] == [], one
