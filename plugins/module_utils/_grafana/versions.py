# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Older versions of a board, by their number or counted back from the newest."""

from __future__ import annotations

import typing as t

from .._errors import UserError
from .client import GrafanaClient


def content(
    client: GrafanaClient, uid: str, wanted: int, present: int
) -> tuple[int, dict[str, t.Any]]:
    """The version's number and its board. 0 is the newest one, -1 the one before it."""
    number = wanted if wanted > 0 else _counted_back(client, uid, -wanted)
    found = client.find_dashboard_version(uid, number) if number else None
    if found is None:
        raise UserError(
            f"Dashboard {uid} has no version {wanted}: its present one is {present}, and the server "
            "keeps only the last ones."
        )
    return number, found["data"]


def _counted_back(client: GrafanaClient, uid: str, steps: int) -> int:
    entries = client.dashboard_versions(uid, steps + 1)
    numbers = sorted((int(entry["version"]) for entry in entries), reverse=True)
    return numbers[steps] if steps < len(numbers) else 0
