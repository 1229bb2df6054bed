# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What Consul's key/value store holds and what is to change in it, as plain data."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Record:
    """One key as the server has it. C(index) is its ModifyIndex, which every write is checked by."""

    key: str
    value: bytes
    flags: int = 0
    index: int = 0
    create_index: int = 0
    lock_index: int = 0
    session: t.Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Leaf:
    """One value as the user wants it. C(is_json) values are compared by meaning, not by text.

    C(flags) are those of this key alone, and win over those of the task.
    """

    value: bytes
    is_json: bool = False
    flags: t.Optional[int] = None


@dataclasses.dataclass(frozen=True)
class Listing:
    """One answer to one read. C(filtered) says that ACLs hid a part of it."""

    records: t.Dict[str, Record]
    index: str = "0"
    filtered: bool = False


@dataclasses.dataclass(frozen=True)
class Change:
    """One write, or with C(after) None one deletion, valid only while the key is as C(before)."""

    key: str
    before: t.Optional[Record]
    after: t.Optional[bytes]
    flags: int = 0

    @property
    def index(self) -> int:
        return self.before.index if self.before else 0

    @property
    def deletes(self) -> bool:
        return self.after is None
