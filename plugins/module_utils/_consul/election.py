# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What passes by itself: a lost leader, a server that is too busy, an answer that did not come."""

from __future__ import annotations

import re

from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError

# What an agent answers while the leader that it would ask is lost, or is not yet one.
ELECTION = re.compile(
    "leader|consistent reads|rpc error getting client|EOF|stream closed|session shutdown"
    "|connection re|failed to get conn|i/o timeout"
)


def passing(error: Exception) -> bool:
    """Whether asking again may help. It is safe where a request is void once it was carried out."""
    if not isinstance(error, ApiError):
        return False
    if error.status == 500:
        return bool(ELECTION.search(error.body))
    return error.status in (0, 429, 502, 503, 504)
