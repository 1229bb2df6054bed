# SPDX-License-Identifier: GPL-3.0-or-later
"""Service accounts and their tokens; a token lets its bearer in, whatever the role."""

from __future__ import annotations

import datetime
import hashlib
import secrets
import typing as t

from .answers import RefusedError
from .store import Row, Store, now

ROLES = ("Viewer", "Editor", "Admin", "None")
FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class ServiceAccounts:
    def __init__(self, store: Store) -> None:
        self._store = store

    def search(self, text: str) -> list[Row]:
        rows = self._store.all("SELECT * FROM service_account ORDER BY id")
        return [row for row in rows if text.lower() in row["name"].lower()]

    def get(self, number: int) -> Row:
        row = self._store.one("SELECT * FROM service_account WHERE id = ?", number)
        if row is None:
            raise RefusedError(404, "service account not found")
        return row

    def create(self, body: dict[str, t.Any]) -> Row:
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise RefusedError(400, "name cannot be empty")
        with self._store.transaction():
            if self._store.one("SELECT id FROM service_account WHERE name = ?", name):
                raise RefusedError(400, "service account already exists")
            disabled = int(bool(body.get("isDisabled")))
            values = {"name": name, "role": _role(body, "Viewer"), "disabled": disabled}
            return self.get(self._store.insert("service_account", values))

    def update(self, number: int, body: dict[str, t.Any]) -> Row:
        with self._store.transaction():
            row = self.get(number)
            values = {
                "name": body.get("name") or row["name"],
                "role": _role(body, row["role"]),
                "disabled": int(bool(body.get("isDisabled", row["disabled"]))),
            }
            self._store.update("service_account", number, values)
            return self.get(number)

    def delete(self, number: int) -> None:
        with self._store.transaction():
            self.get(number)
            self._store.db.execute("DELETE FROM token WHERE account_id = ?", (number,))
            self._store.delete("service_account", number)

    def tokens(self, number: int) -> list[Row]:
        self.get(number)
        return self._store.all("SELECT * FROM token WHERE account_id = ? ORDER BY id", number)

    def create_token(self, number: int, body: dict[str, t.Any]) -> tuple[int, str]:
        """The number and the key, which is nowhere kept but as a hash."""
        name, life = str(body.get("name") or ""), int(body.get("secondsToLive") or 0)
        with self._store.transaction():
            if any(row["name"] == name for row in self.tokens(number)):
                raise RefusedError(409, "service account token with given name already exists")
            key = f"glsa_{secrets.token_hex(16)}_{secrets.token_hex(4)}"
            values = {"account_id": number, "name": name, "created": now(), "hash": _hash(key)}
            values["expires"] = _after(life) if life else ""
            return self._store.insert("token", values), key

    def delete_token(self, number: int, token: int) -> None:
        with self._store.transaction():
            if not any(row["id"] == token for row in self.tokens(number)):
                raise RefusedError(404, "service account token not found")
            self._store.delete("token", token)

    def bearer(self, key: str) -> Row | None:
        row = self._store.one("SELECT * FROM token WHERE hash = ?", _hash(key))
        if row is None or expired(row):
            return None
        account = self.get(row["account_id"])
        return None if account["disabled"] else account


def expired(row: Row) -> bool:
    return bool(row["expires"]) and row["expires"] <= now()


def shown(row: Row) -> dict[str, t.Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "login": f"sa-1-{row['name'].lower().replace(' ', '-')}",
        "orgId": 1,
        "isDisabled": bool(row["disabled"]),
        "role": row["role"],
        "tokens": 0,
        "avatarUrl": "",
    }


def shown_token(row: Row) -> dict[str, t.Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "created": row["created"],
        "lastUsedAt": None,
        "expiration": row["expires"] or None,
        "secondsUntilExpiration": 0,
        "hasExpired": expired(row),
        "isRevoked": False,
    }


def _role(body: dict[str, t.Any], default: str) -> str:
    role = body.get("role") or default
    if role not in ROLES:
        raise RefusedError(400, "invalid role")
    return str(role)


def _after(seconds: int) -> str:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.strftime(FORMAT)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
