# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what with a board or a folder. Kept and answered, not enforced."""

from __future__ import annotations

import json
import typing as t

from .answers import RefusedError
from .store import Row, Store, packed

LEVELS = {1: "View", 2: "Edit", 4: "Admin"}
DEFAULT = [{"role": "Viewer", "permission": 1}, {"role": "Editor", "permission": 2}]


class Permissions:
    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, row: Row) -> list[dict[str, t.Any]]:
        """The row's own, and those of the folders above it; the root's are the default."""
        own = self._own(row["uid"])
        items = DEFAULT if own is None and not row["folder_uid"] else own or []
        found = [self._shown(row, item, inherited=False) for item in items]
        above = self._store.one("SELECT * FROM dashboard WHERE uid = ?", row["folder_uid"])
        more = self.of(above) if above is not None else []
        return found + [{**item, "inherited": True} for item in more]

    def replace(self, row: Row, items: t.Any) -> None:
        if not isinstance(items, list):
            raise RefusedError(400, "bad request data")
        for item in items:
            _check(item)
        subjects = [packed({k: v for k, v in item.items() if k != "permission"}) for item in items]
        if len(set(subjects)) < len(subjects):
            raise RefusedError(400, "permission already exists")
        with self._store.transaction():
            self._store.db.execute("DELETE FROM permission WHERE uid = ?", (row["uid"],))
            self._store.insert("permission", {"uid": row["uid"], "items": packed(items)})

    def _own(self, uid: str) -> list[dict[str, t.Any]] | None:
        row = self._store.one("SELECT items FROM permission WHERE uid = ?", uid)
        return json.loads(row["items"]) if row else None

    def _shown(self, row: Row, item: dict[str, t.Any], inherited: bool) -> dict[str, t.Any]:
        team = self._store.one("SELECT * FROM team WHERE id = ?", item.get("teamId") or 0)
        user = self._store.one("SELECT * FROM account WHERE id = ?", item.get("userId") or 0)
        shown = {
            "uid": row["uid"],
            "title": row["title"],
            "isFolder": bool(row["is_folder"]),
            "inherited": inherited,
            "userId": item.get("userId") or 0,
            "userLogin": user["login"] if user else "",
            "teamId": item.get("teamId") or 0,
            "team": team["name"] if team else "",
            "permission": item["permission"],
            "permissionName": LEVELS[item["permission"]],
        }
        return {**shown, "role": item["role"]} if item.get("role") else shown


def _check(item: t.Any) -> None:
    if not isinstance(item, dict) or item.get("permission") not in LEVELS:
        raise RefusedError(400, "bad request data")
    subjects = [key for key in ("role", "teamId", "userId") if item.get(key)]
    if not subjects:
        raise RefusedError(
            409, "user id and team id cannot both be empty for a dashboard permission"
        )
    if "role" in subjects and len(subjects) > 1:
        raise RefusedError(400, "team and user permissions cannot have an associated role")
    if item.get("role") == "Admin":
        raise RefusedError(400, "permission already exists")
