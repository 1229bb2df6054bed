# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.filter.host_address import FilterModule, host_address


@pytest.mark.parametrize(
    ("known", "address"),
    [
        ({"mlops_address": "192.0.2.11", "ansible_host": "control-1.example.org"}, "192.0.2.11"),
        ({"ansible_host": "192.0.2.12"}, "192.0.2.12"),
        ({}, "control-1"),
    ],
)
def test_what_is_said_first_counts(known: dict[str, t.Any], address: str) -> None:
    assert host_address("control-1", {"control-1": known, "other": {}}) == address


def test_it_is_offered_under_its_name() -> None:
    assert FilterModule().filters() == {"host_address": host_address}
