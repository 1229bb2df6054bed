# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders: rows of the same table as boards, so that a uid is unique over both."""

from __future__ import annotations

import typing as t

from .answers import NotSimulatedError, RefusedError
from .boards import checked_uid
from .store import Row, Store, new_uid, now

TAKEN = "a folder or dashboard in the general folder with the same name already exists"
CHANGED = "the folder has been changed by someone else"
MISSING = "folder not found"


class Folders:
    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Row]:
        return self._store.all("SELECT * FROM dashboard WHERE is_folder ORDER BY title")

    def find(self, uid: str) -> Row | None:
        return self._store.one("SELECT * FROM dashboard WHERE is_folder AND uid = ?", uid)

    def get(self, uid: str) -> Row:
        row = self.find(uid)
        if row is None:
            raise RefusedError(404, MISSING, status="not-found")
        return row

    def create(self, title: t.Any, uid: t.Any, actor: str) -> Row:
        with self._store.transaction():
            name = _checked_title(title)
            key = checked_uid(uid if isinstance(uid, str) else "") or new_uid()
            self._check_free(name, 0)
            if self._store.one("SELECT id FROM dashboard WHERE uid = ?", key):
                raise RefusedError(412, CHANGED, status="version-mismatch")
            self._store.insert("dashboard", {"uid": key, **_fresh(name, actor)})
            return self.get(key)

    def ensure(self, title: str, uid: str, actor: str) -> str:
        """As file provisioning does it: the folder with that title, whatever its uid is."""
        row = self._store.one("SELECT * FROM dashboard WHERE is_folder AND title = ?", title)
        return str((row or self.create(title, uid, actor))["uid"])

    def update(self, uid: str, body: dict[str, t.Any], actor: str) -> Row:
        with self._store.transaction():
            row = self.get(uid)
            if body.get("uid") not in (None, "", uid):
                raise NotSimulatedError("changing a folder's uid")
            title = _checked_title(body.get("title"))
            if not body.get("overwrite") and body.get("version") != row["version"]:
                raise RefusedError(412, CHANGED, status="version-mismatch")
            self._check_free(title, row["id"])
            values = {"title": title, "version": row["version"] + 1, "updated": now()}
            self._store.update("dashboard", row["id"], {**values, "updated_by": actor})
            return self.get(uid)

    def delete(self, uid: str) -> Row:
        """Boards inside go too, without a warning."""
        with self._store.transaction():
            row = self.get(uid)
            for board in self._store.all("SELECT id FROM dashboard WHERE folder_uid = ?", uid):
                self._store.delete("dashboard", board["id"])
            self._store.delete("dashboard", row["id"])
            return row

    def _check_free(self, title: str, own_id: int) -> None:
        other = self._store.one(
            "SELECT id FROM dashboard WHERE title = ? AND folder_uid = '' AND id != ?",
            title,
            own_id,
        )
        if other is not None:
            raise RefusedError(409, TAKEN)


def _checked_title(title: t.Any) -> str:
    name = title.strip() if isinstance(title, str) else ""
    if not name:
        raise RefusedError(400, "folder title cannot be empty")
    if name.lower() == "general":
        raise RefusedError(400, "A folder with that name already exists")
    return name


def _fresh(title: str, actor: str) -> dict[str, t.Any]:
    when = now()
    return {
        "title": title,
        "is_folder": 1,
        "folder_uid": "",
        "data": "{}",
        "version": 1,
        "created": when,
        "updated": when,
        "created_by": actor,
        "updated_by": actor,
        "message": "",
    }
