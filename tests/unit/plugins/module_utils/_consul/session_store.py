# SPDX-License-Identifier: GPL-3.0-or-later
"""A store with sessions and locks, in memory. Texts and rules are those of Consul 1.8.7."""

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.client import Answer
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing, Record
from ansible_collections.mlops.infra.tests.unit.plugins.module_utils._consul.store import Store

Json = dict[str, t.Any]


class SessionStore(Store):
    """C(meanwhile) is what others do, one a wait; C(waits) how long each was to take."""

    def __init__(self) -> None:
        super().__init__()
        self.there: dict[str, Json] = {}
        self.delayed: dict[str, int] = {}
        self.meanwhile: list[t.Callable[[], object]] = []
        self.waits: list[float] = []
        self.renewals: list[str] = []
        self.before_create: list[t.Callable[[], object]] = []

    def add(self, name: str, node: str = "n1", **fields: t.Any) -> str:
        self.clock += 1
        session = f"5e5510ae-0000-4000-8000-{self.clock:012d}"
        self.there[session] = {
            "ID": session,
            "Name": name,
            "Node": node,
            "TTL": "",
            "Behavior": "release",
            "LockDelay": 15 * 10**9,
            "CreateIndex": self.clock,
            **fields,
        }
        return session

    def own_node(self) -> str:
        return "n1"

    def sessions(self, node: str) -> list[Json]:
        return [session for session in self.there.values() if session["Node"] == node]

    def find_session(self, session: str) -> Json | None:
        return self.there.get(session)

    def create_session(self, wanted: Json) -> str:
        if self.before_create:
            self.before_create.pop(0)()
        delay = int(wanted.get("LockDelay", "15s")[:-1]) * 10**9
        fields = {name: wanted[name] for name in ("TTL", "Behavior") if name in wanted}
        return self.add(wanted["Name"], wanted["Node"], LockDelay=delay, **fields)

    def renew_session(self, session: str) -> bool:
        self.renewals.append(session)
        return session in self.there

    def destroy_session(self, session: str) -> None:
        self.there.pop(session, None)
        for key, record in self.records.items():
            if record.session == session:
                self.set(key, record.value, record.flags)

    def watch(self, key: str, index: str, seconds: float) -> Listing:
        self.waits.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return self.find(key)

    def transact(self, body: bytes) -> Answer:
        operations = [operation["KV"] for operation in json.loads(body)]
        if not any("Session" in op for op in operations):
            return super().transact(body)
        self._disturb()
        self.transactions.append(len(operations))
        errors = [(i, why) for i, op in enumerate(operations) if (why := self._why_not(op))]
        if errors:
            return Answer([], errors)
        return Answer([self._lock(op) for op in operations if "Session" in op], [])

    def _why_not(self, op: Json) -> str:
        key, record = op["Key"], self.records.get(op["Key"])
        if key in self.forbidden:
            return "Permission denied"
        holder = record.session if record else None
        if op["Verb"] == "check-not-exists":
            return f'key "{key}" exists' if record else ""
        if op["Verb"] == "check-index":
            if record is None:
                return f'failed to check index, key "{key}" doesn\'t exist'
            text = f"current modify index {record.index} != {op['Index']}"
            stale = record.index != op["Index"]
            return f'failed index check for key "{key}", {text}' if stale else ""
        if op["Verb"] == "unlock":
            ours = holder == op["Session"]
            text = f'failed to unlock key "{key}", lock isn\'t held, or is held by another session'
            return "" if ours else text
        return self._why_not_lock(key, holder, op["Session"])

    def _why_not_lock(self, key: str, holder: str | None, session: str) -> str:
        if session not in self.there:
            return f'invalid session "{session}"'
        if self.delayed.get(key, 0) > 0:
            self.delayed[key] -= 1
            return f'failed to lock key "{key}" due to lock delay'
        held = holder not in (None, session)
        return f'failed to lock key "{key}", lock is already held' if held else ""

    def _lock(self, op: Json) -> Record:
        session = op["Session"] if op["Verb"] == "lock" else None
        value = base64.b64decode(op["Value"])
        record = self.set(op["Key"], value, op["Flags"], session)
        return dataclasses.replace(record, value=b"")
