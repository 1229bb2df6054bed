# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A token of a service account, and the file that holds it. Pure.

A token's key is shown once, when it is made. Whether the file still has it cannot be asked.
"""

from __future__ import annotations

import typing as t

from .._errors import UserError

Json = t.Dict[str, t.Any]
ROLES = ["Viewer", "Editor", "Admin", "None"]


class Step(t.NamedTuple):
    """What has to be done: which token goes, by its number, and whether a new one is made."""

    remove: t.Optional[int] = None
    create: bool = False
    changes: t.Tuple[str, ...] = ()


def plan(option: Json, tokens: list[Json], has_file: bool) -> Step:
    name = option["name"]
    found = next((token for token in tokens if token.get("name") == name), None)
    number = None if found is None else int(found["id"])
    if option["state"] == "absent":
        return Step(number, changes=(f"token {name}: removed",)) if found else Step()
    if found is None:
        return Step(create=True, changes=(f"token {name}: created",))
    why = _reason(option, found, has_file)
    return Step(number, True, (f"token {name}: created anew, {why}",)) if why else Step()


def _reason(option: Json, found: Json, has_file: bool) -> str | None:
    if found.get("hasExpired") or found.get("isRevoked"):
        return "it has expired"
    if not option["dest"] or has_file:
        return None
    if option["recreate"]:
        return "its file is not there"
    raise UserError(
        f"The token {option['name']} is there, but its file {option['dest']} is not, and Grafana shows "
        "a token only once: put the file back, or set recreate=true in 'account_token' to replace the token."
    )


def account_changes(before: Json | None, after: Json | None) -> list[str]:
    if before is None or after is None:
        return [] if before is after else ["removed" if after is None else "created"]
    return [f"{key}: {before[key]} -> {after[key]}" for key in after if before[key] != after[key]]


def shown(account: Json | None) -> Json | None:
    if account is None:
        return None
    return {
        "name": account.get("name"),
        "role": account.get("role"),
        "isDisabled": bool(account.get("isDisabled")),
    }
