# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What has to be done to one folder, decided from what was asked and what the server has. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._errors import UserError
from . import model

Json = t.Dict[str, t.Any]
RESERVED = ("general",)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """C(parent_uid) of None leaves a folder where it is; an empty one is the root."""

    uid: str
    title: str
    parent_uid: str | None = None


def checked_title(title: str | None) -> str:
    text = (title or "").strip()
    if not text or text.lower() in RESERVED:
        raise UserError(
            f"title is {title!r}: set one that is not empty, and not General, which is the root."
        )
    return text


def shown(folder: Json | None) -> Json | None:
    """What is compared of a folder."""
    if folder is None:
        return None
    keys = {"uid": folder["uid"], "title": folder["title"]}
    return {**keys, "parentUid": folder.get("parentUid") or ""}


def goal(wanted: Wanted, folder: Json | None) -> Json:
    current = (shown(folder) or {}).get("parentUid", "")
    parent = current if wanted.parent_uid is None else model.folder_key(wanted.parent_uid)
    return {"uid": wanted.uid, "title": wanted.title, "parentUid": parent}


def changes(before: Json | None, after: Json | None) -> list[str]:
    if before is None or after is None:
        return [] if before is after else ["removed" if after is None else "created"]
    found = []
    if before["title"] != after["title"]:
        found.append(f"title: {before['title']} -> {after['title']}")
    if before["parentUid"] != after["parentUid"]:
        old, new = before["parentUid"] or "general", after["parentUid"] or "general"
        found.append(f"parent: {old} -> {new}")
    return found


def refuse_contents(folder: Json, boards: list[str], below: list[str]) -> None:
    """Grafana removes what is inside along with it, and asks nobody."""
    inside = [f"folder {name}" for name in sorted(below)] + [f"board {b}" for b in sorted(boards)]
    if inside:
        more = f" and {len(inside) - 5} more" if len(inside) > 5 else ""
        raise UserError(
            f"Folder {folder['title']} is not empty ({', '.join(inside[:5])}{more}), and Grafana would "
            "remove these, too: empty it, or set delete_contents=true."
        )
