# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Permissions brought to what was asked for, by one request and only where they differ."""

from __future__ import annotations

import typing as t

from .._errors import ConflictError
from . import permissions
from .client import GrafanaClient
from .permissions import Grant

Json = t.Dict[str, t.Any]


def settle(
    client: GrafanaClient, kind: str, uid: str, option: list[Json] | None, there: bool, check: bool
) -> list[str]:
    """What differs, one line each. C(there) says whether the object exists already."""
    if option is None:
        return []
    wanted = permissions.desired(option)
    before = permissions.observed(client.permissions(kind, uid)) if there else set()
    found = permissions.changes(before, wanted)
    items = [_item(client, grant) for grant in sorted(wanted)] if found else []
    if not found or check:
        return found
    client.set_permissions(kind, uid, items)
    left = permissions.changes(permissions.observed(client.permissions(kind, uid)), wanted)
    if left:
        raise ConflictError(
            f"The permissions of {uid} are not as they were set: {'; '.join(left)}. The server altered "
            "them, or somebody else set them at the same moment."
        )
    return found


def _item(client: GrafanaClient, grant: Grant) -> Json:
    """Also in check mode, so that a team that is not there fails there already."""
    if grant.kind == "role":
        return permissions.item(grant, 0)
    hits = client.teams(grant.name) if grant.kind == "team" else client.users(grant.name)
    return permissions.item(grant, permissions.number_of(grant, hits))
