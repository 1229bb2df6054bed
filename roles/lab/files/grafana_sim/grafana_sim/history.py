# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of boards, as they were saved."""

from __future__ import annotations

import json
import typing as t

from .answers import RefusedError
from .store import Row, Store

KEPT = 20


class History:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, board: Row) -> None:
        values = {
            "dashboard_id": board["id"],
            "version": board["version"],
            "data": board["data"],
            "created": board["updated"],
            "created_by": board["updated_by"],
            "message": board["message"],
        }
        self._store.insert("dashboard_version", values)
        self._store.db.execute(
            "DELETE FROM dashboard_version WHERE dashboard_id = ? AND version <= ?",
            (board["id"], board["version"] - KEPT),
        )

    def all(self, board: Row) -> list[Row]:
        return self._store.all(
            "SELECT * FROM dashboard_version WHERE dashboard_id = ? ORDER BY version DESC",
            board["id"],
        )

    def get(self, board: Row, version: int) -> Row:
        for row in self.all(board):
            if row["version"] == version:
                return row
        raise RefusedError(404, "Dashboard version not found")


def shown(board: Row, row: Row) -> dict[str, t.Any]:
    return {
        "id": row["id"],
        "dashboardId": board["id"],
        "uid": board["uid"],
        "parentVersion": max(row["version"] - 1, 0),
        "restoredFrom": 0,
        "version": row["version"],
        "created": row["created"],
        "createdBy": row["created_by"],
        "message": row["message"],
    }


def stored(board: Row, row: Row) -> dict[str, t.Any]:
    data = {**json.loads(row["data"]), "id": board["id"], "uid": board["uid"]}
    return {**data, "version": row["version"]}
