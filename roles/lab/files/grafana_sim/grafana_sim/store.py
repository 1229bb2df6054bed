# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept: one SQLite file, written by one process, so that no update is lost."""

from __future__ import annotations

import contextlib
import datetime
import json
import pathlib
import secrets
import sqlite3
import string
import threading
import typing as t

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
  id INTEGER PRIMARY KEY, login TEXT UNIQUE NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS dashboard (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT UNIQUE NOT NULL, title TEXT NOT NULL,
  is_folder INTEGER NOT NULL, folder_uid TEXT NOT NULL, data TEXT NOT NULL,
  version INTEGER NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
  created_by TEXT NOT NULL, updated_by TEXT NOT NULL, message TEXT NOT NULL,
  provider TEXT NOT NULL DEFAULT '', external_id TEXT NOT NULL DEFAULT '',
  checksum TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS datasource (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT UNIQUE NOT NULL, name TEXT UNIQUE NOT NULL,
  data TEXT NOT NULL, secrets TEXT NOT NULL, version INTEGER NOT NULL, read_only INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS dashboard_version (
  id INTEGER PRIMARY KEY AUTOINCREMENT, dashboard_id INTEGER NOT NULL, version INTEGER NOT NULL,
  data TEXT NOT NULL, created TEXT NOT NULL, created_by TEXT NOT NULL, message TEXT NOT NULL,
  UNIQUE (dashboard_id, version));
CREATE TABLE IF NOT EXISTS permission (
  id INTEGER PRIMARY KEY, uid TEXT UNIQUE NOT NULL, items TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS team (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS library_panel (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT UNIQUE NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS service_account (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL, role TEXT NOT NULL,
  disabled INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS token (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, name TEXT NOT NULL,
  created TEXT NOT NULL, expires TEXT NOT NULL, hash TEXT UNIQUE NOT NULL);
"""
FILE = "grafana_sim.db"
UID_LETTERS = string.ascii_letters + string.digits

Row = sqlite3.Row


class Store:
    """SQLite behind one lock: each request is one transaction."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._path = directory / FILE
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None

    def open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.executescript(SCHEMA)
        self._db = db

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    @property
    def db(self) -> sqlite3.Connection:
        if self._db is None:
            raise RuntimeError("the store is not open")
        return self._db

    @contextlib.contextmanager
    def transaction(self) -> t.Iterator[None]:
        """All or nothing; inside another transaction it is part of that one."""
        with self._lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def one(self, sql: str, *values: t.Any) -> Row | None:
        with self._lock:
            return t.cast("Row | None", self.db.execute(sql, values).fetchone())

    def all(self, sql: str, *values: t.Any) -> list[Row]:
        with self._lock:
            return self.db.execute(sql, values).fetchall()

    def insert(self, table: str, values: dict[str, t.Any]) -> int:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        with self._lock:
            cursor = self.db.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
            )
        return int(cursor.lastrowid or 0)

    def update(self, table: str, row_id: int, values: dict[str, t.Any]) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        with self._lock:
            self.db.execute(f"UPDATE {table} SET {names} WHERE id = ?", (*values.values(), row_id))

    def delete(self, table: str, row_id: int) -> None:
        with self._lock:
            self.db.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,))

    def count(self, table: str, where: str = "1 = 1") -> int:
        row = self.one(f"SELECT count(*) AS n FROM {table} WHERE {where}")
        return int(row["n"]) if row else 0


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_uid() -> str:
    return "".join(secrets.choice(UID_LETTERS) for _letter in range(14))


def packed(data: t.Any) -> str:
    return json.dumps(data, sort_keys=True, ensure_ascii=False)
