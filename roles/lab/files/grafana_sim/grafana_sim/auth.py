# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks: basic authentication and sessions of the one account that there is."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import hmac
import secrets
import typing as t

from .answers import NotSimulatedError, RefusedError
from .serviceaccounts import ServiceAccounts, shown
from .store import Store

ROUNDS = 10_000  # what Grafana uses; each request pays for it
COOKIE = "grafana_session"


@dataclasses.dataclass(frozen=True)
class Account:
    id: int
    login: str


class Accounts:
    def __init__(self, store: Store, services: ServiceAccounts) -> None:
        self._store = store
        self._services = services
        self._sessions: dict[str, Account] = {}

    def initialise(self, login: str, password: str) -> bool:
        """The configured password applies to the first start only, as in Grafana."""
        with self._store.transaction():
            if self._store.count("account"):
                return False
            self._store.insert("account", {"id": 1, "login": login, **_hashed(password)})
            return True

    def set_password(self, account_id: int, password: str) -> None:
        if len(password) < 4:
            raise RefusedError(400, "New password too short")
        with self._store.transaction():
            if self._store.one("SELECT id FROM account WHERE id = ?", account_id) is None:
                raise RefusedError(404, "user not found")
            self._store.update("account", account_id, _hashed(password))
        self._sessions = {
            token: account for token, account in self._sessions.items() if account.id != account_id
        }

    def open_session(self, login: str, password: str) -> str:
        account = self._checked(login, password)
        token = secrets.token_hex(16)
        self._sessions[token] = account
        return token

    def identify(self, headers: t.Mapping[str, str], cookies: t.Mapping[str, str]) -> Account:
        """The account behind a request; RefusedError with the texts of 10.1 when there is none."""
        _check_organisation(headers.get("x-grafana-org-id", ""))
        scheme, _space, rest = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return self._checked(*_basic(rest))
        if scheme.lower() == "bearer":
            return self._bearer(rest)
        account = self._sessions.get(cookies.get(COOKIE, ""))
        if account is None:
            raise _unauthorised("Unauthorized", "auth.unauthorized")
        return account

    def _bearer(self, key: str) -> Account:
        row = self._services.bearer(key)
        if row is None:
            raise _unauthorised("Invalid API key", "api-key.invalid")
        return Account(row["id"], str(shown(row)["login"]))

    def _checked(self, login: str, password: str) -> Account:
        row = self._store.one("SELECT * FROM account WHERE login = ?", login)
        if row is None or not hmac.compare_digest(_digest(password, row["salt"]), row["hash"]):
            raise _unauthorised("Invalid username or password", "password-auth.failed")
        return Account(row["id"], row["login"])


def _check_organisation(wanted: str) -> None:
    if wanted.isdigit() and int(wanted) > 1:
        raise NotSimulatedError(f"organisation {wanted}; there is only organisation 1")


def _basic(encoded: str) -> tuple[str, str]:
    try:
        login, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if not colon:
        raise _unauthorised("Invalid Basic Auth Header", "basic-auth.invalid")
    return login, password


def _unauthorised(message: str, message_id: str) -> RefusedError:
    return RefusedError(401, message, extra=None, messageId=message_id, statusCode=401, traceID="")


def _hashed(password: str) -> dict[str, t.Any]:
    salt = secrets.token_bytes(16)
    return {"salt": salt, "hash": _digest(password, salt)}


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS)
