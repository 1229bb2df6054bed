# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Deleting what nobody named needs an answer that ACLs did not make smaller."""

from __future__ import annotations

import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.complete import (
    REMEDY,
    Server,
    doubt,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.goal import Goal
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Change, Listing
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError


def deletable(
    server: Server,
    wanted: Goal,
    listing: Listing,
    changes: t.Sequence[Change],
    policy: str,
) -> t.Optional[str]:
    """What to warn of before keys go that nobody named; it is refused where C(policy) is fail.

    To who sees nothing at all, all seems to be deleted already.
    """
    if policy == "ignore" or not wanted.prune:
        return None
    deletes = any(change.deletes for change in changes)
    nothing = not listing.records and not wanted.desired
    reason = doubt(server, listing, wanted.root, ask=deletes or nothing)
    if reason and policy == "fail":
        raise UserError(f"{reason} Nothing was changed. {REMEDY}")
    return f"{reason} {REMEDY}" if reason else None
