# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The lock of a key: acquired and released for a session, the key's value and flags kept."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing, Record
from ansible_collections.mlops.infra.plugins.module_utils._errors import FailedError
from ansible_collections.mlops.infra.plugins.module_utils._wait import clock


class Server(t.Protocol):
    """What is asked of the client."""

    def find(self, key: str) -> Listing: ...

    def put(self, key: str, value: bytes, flags: int, **how: t.Union[str, int]) -> bool: ...


@dataclasses.dataclass(frozen=True)
class Lock:
    """C(value) and C(flags) None keep what the key has; C(timeout) is in seconds."""

    key: str
    session: str
    value: t.Optional[bytes] = None
    flags: t.Optional[int] = None
    timeout: float = 0.0

    def _put(self, server: Server, record: t.Optional[Record], verb: str) -> bool:
        old = record or Record(self.key, b"")
        value = old.value if self.value is None else self.value
        flags = old.flags if self.flags is None else self.flags
        return server.put(self.key, value, flags, **{verb: self.session})

    def _settled(self, record: t.Optional[Record]) -> bool:
        if record is None or record.session != self.session:
            return False
        return self.value in (None, record.value) and self.flags in (None, record.flags)

    def acquire(
        self, server: Server, dry: bool, sleep: t.Callable[[float], None] = time.sleep
    ) -> bool:
        """Whether something changed; fails if another session holds the lock to the end."""
        for _left in clock(self.timeout, sleep=sleep):
            record = server.find(self.key).records.get(self.key)
            if self._settled(record):
                return False
            free = record is None or record.session in (None, self.session)
            if free and (dry or self._put(server, record, "acquire")):
                return True
        holder = (
            f"session {record.session} holds it"
            if record and record.session
            else ("it was released a moment ago and its lock delay is not over")
        )
        raise FailedError(f"The lock of {self.key} was not acquired: {holder}.")

    def release(self, server: Server, dry: bool) -> bool:
        """Whether something changed; a lock that the session does not hold is released already."""
        record = server.find(self.key).records.get(self.key)
        if record is None or record.session != self.session:
            return False
        return dry or self._put(server, record, "release")
