# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who may do what with a board or a folder, as a set that is compared as a whole. Pure."""

from __future__ import annotations

import typing as t

from .._errors import UserError

Json = t.Dict[str, t.Any]
LEVELS = {"View": 1, "Edit": 2, "Admin": 4}
NAMES = {number: name for name, number in LEVELS.items()}
ROLES = ["Viewer", "Editor"]
OPTION: Json = {
    "type": "list",
    "elements": "dict",
    "options": {
        "role": {"type": "str", "choices": ROLES},
        "team": {"type": "str"},
        "user": {"type": "str"},
        "permission": {"type": "str", "choices": list(LEVELS), "required": True},
    },
    "mutually_exclusive": [("role", "team", "user")],
    "required_one_of": [("role", "team", "user")],
}


class Grant(t.NamedTuple):
    """One subject with its level. C(kind) is role, team or user."""

    kind: str
    name: str
    level: int

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {NAMES.get(self.level, self.level)}"


def desired(option: list[Json]) -> set[Grant]:
    grants = {_grant(item) for item in option}
    subjects = [(grant.kind, grant.name) for grant in grants]
    for kind, name in subjects:
        if subjects.count((kind, name)) > 1:
            raise UserError(f"permissions names the {kind} {name} with two levels: keep one.")
    return grants


def _grant(item: Json) -> Grant:
    kind = next(kind for kind in ("role", "team", "user") if item.get(kind))
    return Grant(kind, item[kind], LEVELS[item["permission"]])


def observed(answer: list[Json]) -> set[Grant]:
    """Without what comes from a folder above, which is that folder's business.

    The organisation's administrators and the server's may do everything, and are not in the set.
    """
    found = {_read(item) for item in answer if not item.get("inherited")}
    return {
        grant for grant in found if grant.name and (grant.kind, grant.name) != ("role", "Admin")
    }


def _read(item: Json) -> Grant:
    level = int(item.get("permission") or 0)
    for kind, key in (("role", "role"), ("team", "team"), ("user", "userLogin")):
        if item.get(key):
            return Grant(kind, str(item[key]), level)
    return Grant("user", "", level)


def readable(item: Json) -> Json:
    grant = _read(item)
    return {
        "subject": f"{grant.kind} {grant.name}",
        "permission": NAMES.get(grant.level, str(grant.level)),
        "inherited": bool(item.get("inherited")),
    }


def changes(before: set[Grant], after: set[Grant]) -> list[str]:
    old = {(grant.kind, grant.name): grant for grant in before}
    new = {(grant.kind, grant.name): grant for grant in after}
    found = [f"permission of {old[key]}: removed" for key in sorted(set(old) - set(new))]
    for key in sorted(new):
        if key not in old:
            found.append(f"permission of {new[key]}: added")
        elif old[key] != new[key]:
            level = NAMES.get(old[key].level, old[key].level)
            found.append(f"permission of {new[key]}: was {level}")
    return found


def item(grant: Grant, number: int) -> Json:
    """What is sent for one grant; a team and a user are sent by their number."""
    if grant.kind == "role":
        return {"role": grant.name, "permission": grant.level}
    return {f"{grant.kind}Id": number, "permission": grant.level}


def number_of(grant: Grant, hits: list[Json]) -> int:
    """The number of the team or user out of what a search by its name found."""
    name, number = ("name", "id") if grant.kind == "team" else ("login", "userId")
    for hit in hits:
        if hit.get(name) == grant.name:
            return int(hit[number])
    raise UserError(f"permissions: there is no {grant.kind} {grant.name} in this organisation.")
