# SPDX-License-Identifier: GPL-3.0-or-later
"""Saving, reading and deleting boards, with the checks of Grafana 10.1 in their order."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
import unicodedata

from .answers import RefusedError, refused
from .history import History
from .profiles import Profile
from .store import Row, Store, new_uid, now, packed

UID = re.compile(r"[A-Za-z0-9_-]*")
DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])")
DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdwMy]))+")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
NAMESAKE = "A dashboard with the same name in the folder already exists"


@dataclasses.dataclass(frozen=True)
class Save:
    """One request to save a board; C(provider) is set when a file asks, not a user."""

    board: dict[str, t.Any]
    actor: str
    folder_uid: str = ""
    message: str = ""
    overwrite: bool = False
    provider: str = ""
    external_id: str = ""
    checksum: str = ""


class Boards:
    def __init__(self, store: Store, min_refresh: str, profile: Profile, history: History) -> None:
        self._store = store
        self._profile = profile
        self._history = history
        self._min_refresh = min_refresh
        self.editable_providers: set[str] = set()

    def find(self, uid: str) -> Row | None:
        return self._store.one("SELECT * FROM dashboard WHERE uid = ?", uid)

    def get(self, uid: str) -> Row:
        row = self.find(uid)
        if row is None:
            raise RefusedError(404, "Dashboard not found")
        return row

    def save(self, request: Save) -> Row:
        """The order of the checks is Grafana's: which refusal comes first is part of the API."""
        with self._store.transaction():
            self._check_folder(request.folder_uid)
            board = self._cleaned(request.board)
            row = self._existing(board)
            if row is not None:
                self._check_version(row, board, request.overwrite)
            if self._profile.unique_titles:
                row = self._check_title(row, board, request)
            if row is not None and not request.provider:
                self._check_provisioned(row)
            return self._write(row, board, request)

    def delete(self, uid: str) -> Row:
        with self._store.transaction():
            row = self.get(uid)
            if row["is_folder"]:
                raise RefusedError(400, "Use folders endpoint for deleting folders.")
            if row["provider"]:
                raise RefusedError(400, "provisioned dashboard cannot be deleted")
            self.remove(row)
            return row

    def remove(self, row: Row) -> None:
        self._store.delete("dashboard", row["id"])
        self._store.db.execute("DELETE FROM permission WHERE uid = ?", (row["uid"],))
        self._store.db.execute("DELETE FROM dashboard_version WHERE dashboard_id = ?", (row["id"],))

    def is_locked(self, row: Row) -> bool:
        return bool(row["provider"]) and row["provider"] not in self.editable_providers

    def _check_folder(self, uid: str) -> None:
        if uid:
            folder = self.find(uid)
            if folder is None or not folder["is_folder"]:
                raise RefusedError(400, "Folder not found")

    def _cleaned(self, board: dict[str, t.Any]) -> dict[str, t.Any]:
        title = board.get("title")
        title = title.strip() if isinstance(title, str) else ""
        if not title:
            raise refused(self._profile.no_title)
        uid = board.get("uid")
        cleaned = {**board, "title": title, "uid": checked_uid(uid if isinstance(uid, str) else "")}
        refresh = board.get("refresh")
        if isinstance(refresh, str) and refresh:
            cleaned["refresh"] = self._raised(refresh)
        return cleaned

    def _raised(self, refresh: str) -> str:
        return refresh if seconds(refresh) >= seconds(self._min_refresh) else self._min_refresh

    def _existing(self, board: dict[str, t.Any]) -> Row | None:
        by_uid = self.find(board["uid"]) if board["uid"] else None
        by_id = self._by_id(_number(board.get("id")))
        if by_id and by_uid and by_id["id"] != by_uid["id"]:
            raise RefusedError(400, "A dashboard with the same uid already exists")
        row = by_id or by_uid
        if row is not None and row["is_folder"]:
            raise RefusedError(400, "Dashboard cannot be changed to a folder")
        return row

    def _by_id(self, number: int) -> Row | None:
        """0 is no id; another one that nobody has is an error."""
        if not number:
            return None
        row = self._store.one("SELECT * FROM dashboard WHERE id = ?", number)
        if row is None:
            raise RefusedError(404, "Dashboard not found", status="not-found")
        return row

    def _check_version(self, row: Row, board: dict[str, t.Any], overwrite: bool) -> None:
        """A version that is absent, or no number, counts 0."""
        if not overwrite and _number(board.get("version")) != row["version"]:
            raise refused(self._profile.conflict)

    def _check_title(self, row: Row | None, board: dict[str, t.Any], request: Save) -> Row | None:
        """Up to 11.2 a title is unique in its folder, and overwrite takes over its owner."""
        other = self._store.one(
            "SELECT * FROM dashboard WHERE title = ? AND id != ? AND (is_folder OR folder_uid = ?)"
            " ORDER BY is_folder DESC",
            board["title"],
            row["id"] if row else 0,
            request.folder_uid,
        )
        if other is None:
            return row
        if other["is_folder"]:
            raise RefusedError(400, "Dashboard name cannot be the same as folder")
        if not request.overwrite:
            raise RefusedError(412, NAMESAKE, status="name-exists")
        board["uid"] = other["uid"]
        return other

    def _check_provisioned(self, row: Row) -> None:
        if self.is_locked(row):
            raise RefusedError(400, "Cannot save provisioned dashboard")

    def _write(self, row: Row | None, board: dict[str, t.Any], request: Save) -> Row:
        uid = board["uid"] or (row["uid"] if row else new_uid())
        version = row["version"] + 1 if row else 1
        values: dict[str, t.Any] = {
            "uid": uid,
            "title": board["title"],
            "folder_uid": request.folder_uid,
            "data": packed({**board, "uid": uid, "version": version, "id": None}),
            "version": version,
            "updated": now(),
            "updated_by": request.actor,
            "message": request.message,
        }
        if request.provider:
            values.update(
                provider=request.provider,
                external_id=request.external_id,
                checksum=request.checksum,
            )
        if row is None:
            values.update(is_folder=0, created=values["updated"], created_by=request.actor)
            self._store.insert("dashboard", values)
        else:
            self._store.update("dashboard", row["id"], values)
        saved = self.get(uid)
        self._history.add(saved)
        return saved


def checked_uid(text: str) -> str:
    uid = text.strip()
    if not UID.fullmatch(uid):
        raise RefusedError(400, "uid contains illegal characters")
    if len(uid) > 40:
        raise RefusedError(400, "uid too long, max 40 characters")
    return uid


def _number(value: t.Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    return int(value)


def seconds(duration: str) -> float:
    """0 for what is no duration: Grafana raises that to the minimum as well."""
    parts = DURATION_PART.findall(duration) if DURATION.fullmatch(duration) else []
    return sum(float(number) * SECONDS.get(unit, 2592000) for number, unit in parts)


def content(row: Row) -> dict[str, t.Any]:
    board = json.loads(row["data"])
    return {**board, "id": row["id"], "uid": row["uid"], "version": row["version"]}


def slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "-"


def board_url(row: Row) -> str:
    kind = "/dashboards/f" if row["is_folder"] else "/d"
    return f"{kind}/{row['uid']}/{slug(row['title'])}"
