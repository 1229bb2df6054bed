# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders: rows of the same table as boards, so that a uid is unique over both.

Without nested folders a parent is ignored, and every folder is in the root.
"""

from __future__ import annotations

import typing as t

from .answers import NotSimulatedError, RefusedError
from .boards import checked_uid
from .profiles import Profile
from .store import Row, Store, new_uid, now

TAKEN = "a folder or dashboard in the general folder with the same name already exists"
CHANGED = "the folder has been changed by someone else"
MISSING = "folder not found"
CIRCULAR = "Circular reference detected"
MAX_DEPTH = 4


class Folders:
    def __init__(self, store: Store, profile: Profile) -> None:
        self._store = store
        self._profile = profile

    def below(self, parent: str) -> list[Row]:
        return self._store.all(
            "SELECT * FROM dashboard WHERE is_folder AND folder_uid = ? ORDER BY title",
            self._parent(parent),
        )

    def above(self, row: Row) -> list[Row]:
        """From the root down to the folder that holds this one."""
        parent = self.find(row["folder_uid"]) if row["folder_uid"] else None
        return [*self.above(parent), parent] if parent is not None else []

    def _parent(self, uid: t.Any) -> str:
        if not self._profile.nested_folders or not isinstance(uid, str):
            return ""
        return uid

    def find(self, uid: str) -> Row | None:
        return self._store.one("SELECT * FROM dashboard WHERE is_folder AND uid = ?", uid)

    def get(self, uid: str) -> Row:
        row = self.find(uid)
        if row is None:
            raise RefusedError(404, MISSING, status="not-found")
        return row

    def create(self, title: t.Any, uid: t.Any, actor: str, parent_uid: t.Any = "") -> Row:
        with self._store.transaction():
            name, parent = _checked_title(title), self._parent(parent_uid)
            key = checked_uid(uid if isinstance(uid, str) else "") or new_uid()
            self._check_depth(parent)
            self._check_free(name, 0, parent)
            if self._store.one("SELECT id FROM dashboard WHERE uid = ?", key):
                raise RefusedError(412, CHANGED, status="version-mismatch")
            values = {"uid": key, **_fresh(name, actor), "folder_uid": parent}
            self._store.insert("dashboard", values)
            return self.get(key)

    def move(self, uid: str, parent_uid: t.Any, actor: str) -> Row:
        if not self._profile.nested_folders:
            raise RefusedError(404, "Not found")
        with self._store.transaction():
            row, parent = self.get(uid), self._parent(parent_uid)
            self._check_depth(parent)
            way = [*self.above(self.get(parent)), self.get(parent)] if parent else []
            if uid in [folder["uid"] for folder in way]:
                raise RefusedError(400, CIRCULAR, messageId="folder.circular-reference")
            values = {"folder_uid": parent, "updated": now(), "updated_by": actor}
            self._store.update("dashboard", row["id"], {**values, "version": row["version"] + 1})
            return self.get(uid)

    def _check_depth(self, parent: str) -> None:
        if not parent:
            return
        folder = self.find(parent)
        if folder is None:
            raise RefusedError(404, MISSING, status="not-found")
        if len(self.above(folder)) + 1 >= MAX_DEPTH:
            message = "Maximum nested folder depth reached"
            raise RefusedError(400, message, messageId="folder.maximum-depth-reached")

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
            self._check_free(title, row["id"], row["folder_uid"])
            values = {"title": title, "version": row["version"] + 1, "updated": now()}
            self._store.update("dashboard", row["id"], {**values, "updated_by": actor})
            return self.get(uid)

    def delete(self, uid: str) -> Row:
        """Boards inside go too, without a warning."""
        with self._store.transaction():
            row = self.get(uid)
            for inner in self._store.all("SELECT * FROM dashboard WHERE folder_uid = ?", uid):
                if inner["is_folder"]:
                    self.delete(inner["uid"])
                else:
                    self._store.delete("dashboard", inner["id"])
            self._store.delete("dashboard", row["id"])
            self._store.db.execute("DELETE FROM permission WHERE uid = ?", (uid,))
            return row

    def _check_free(self, title: str, own_id: int, parent: str) -> None:
        other = self._store.one(
            "SELECT id FROM dashboard WHERE title = ? AND folder_uid = ? AND id != ?"
            " AND (is_folder OR folder_uid = '')",
            title,
            parent,
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
