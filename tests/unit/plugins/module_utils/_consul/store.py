# SPDX-License-Identifier: GPL-3.0-or-later
"""A key/value store with Consul's rules for transactions, in memory.

It says what Consul 1.8.7 was seen to say: the texts, the status codes, the limits and what a
write of a stale index leads to.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.client import Answer
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing, Record
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError


class Store:
    """C(filtered): it says that ACLs hid something. C(complete): its token surely sees everything."""

    def __init__(self, operations: int = 64, size: int = 524288, value_size: int = 524288) -> None:
        self.records: dict[str, Record] = {}
        self.clock = 0
        self.operations, self.size, self.value_size = operations, size, value_size
        self.transactions: list[int] = []
        self.forbidden: set[str] = set()
        self.filtered = False
        self.complete = True
        self.before_write: list[t.Callable[[Store], object]] = []

    def set(self, key: str, value: bytes, flags: int = 0, session: str | None = None) -> Record:
        self.clock += 1
        old = self.records.get(key)
        created = old.create_index if old else self.clock
        record = Record(key, value, flags, self.clock, created, 0, session)
        self.records[key] = record
        return record

    def values(self) -> dict[str, bytes]:
        return {key: record.value for key, record in self.records.items()}

    def tree(self, prefix: str) -> Listing:
        found = {k: r for k, r in self.records.items() if k.startswith(prefix)}
        return Listing(found, str(self.clock), self.filtered)

    def find(self, key: str) -> Listing:
        return Listing({k: r for k, r in self.records.items() if k == key}, str(self.clock))

    def sees_all(self) -> bool:
        return self.complete

    def value_limit(self) -> int:
        return self.value_size

    def put(self, key: str, value: bytes, flags: int, **how: str | int) -> bool:
        self._disturb()
        if len(value) > self.value_size:
            text = f"Request body({len(value)} bytes) too large, max size: {self.value_size} bytes."
            raise ApiError("PUT", f"/v1/kv/{key}", 413, text)
        if "cas" in how and how["cas"] != self._index(key):
            return False
        session = self.records[key].session if key in self.records else None
        self.set(key, value, flags, session)
        return True

    def transact(self, body: bytes) -> Answer:
        self._disturb()
        if len(body) > self.size:
            text = f"Request body({len(body)} bytes) too large, max size: {self.size} bytes."
            raise ApiError("PUT", "/v1/txn", 413, text)
        operations = [operation["KV"] for operation in json.loads(body)]
        if len(operations) > self.operations:
            count = f"({len(operations)} > {self.operations})"
            text = f"Transaction contains too many operations {count}"
            raise ApiError("PUT", "/v1/txn", 413, text)
        self.transactions.append(len(operations))
        errors = [(i, why) for i, op in enumerate(operations) if (why := self._refusal(op))]
        if errors:
            return Answer([], errors)
        return Answer([r for op in operations for r in self._carry_out(op)], [])

    def _disturb(self) -> None:
        if self.before_write:
            self.before_write.pop(0)(self)

    def _index(self, key: str) -> int:
        return self.records[key].index if key in self.records else 0

    def _refusal(self, op: dict[str, t.Any]) -> str:
        if op["Key"] in self.forbidden:
            return "Permission denied"
        if op["Verb"] == "delete-cas" and op["Key"] not in self.records:
            return ""
        verb = "delete" if op["Verb"] == "delete-cas" else "set"
        stale = op["Index"] != self._index(op["Key"])
        return f'failed to {verb} key "{op["Key"]}", index is stale' if stale else ""

    def _carry_out(self, op: dict[str, t.Any]) -> list[Record]:
        if op["Verb"] == "delete-cas":
            self.records.pop(op["Key"], None)
            return []
        record = self.set(op["Key"], base64.b64decode(op["Value"]), op["Flags"])
        return [dataclasses.replace(record, value=b"")]
