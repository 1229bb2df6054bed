# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Deleting what nobody named needs an answer that ACLs did not make smaller."""

from __future__ import annotations

import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.goal import Goal
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Change,
    Listing,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError


class Server(t.Protocol):
    """What is asked of the client."""

    def sees_all(self) -> bool: ...


def doubt(
    server: Server,
    wanted: Goal,
    listing: Listing,
    changes: t.Sequence[Change],
    policy: str,
) -> t.Optional[str]:
    """What to warn of before C(changes); they are refused where C(policy) is fail."""
    if policy == "ignore" or not wanted.prune:
        return None
    deletes = any(change.deletes for change in changes)
    if not listing.filtered and (not deletes or server.sees_all()):
        return None
    text = (
        f"It is not certain that the token sees all keys of {wanted.root or 'the store'}: ACLs "
        "may hide some. Use a token that may read them all (before Consul 1.11 one with the "
        "policy global-management), or set on_filtered to ignore."
    )
    if policy == "fail":
        raise UserError(f"{text} Nothing was changed.")
    return text
