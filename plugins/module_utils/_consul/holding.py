# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The lock of a key, for a session that may wait for it as long as the task says."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import time
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.election import passing
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import Listing, Record
from ansible_collections.mlops.infra.plugins.module_utils._consul.named_session import (
    in_words,
    renewed,
    seconds,
)
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    UserError,
    WaitTimeoutError,
)
from ansible_collections.mlops.infra.plugins.module_utils._wait import clock

Json = t.Dict[str, t.Any]
LONGEST_WAIT = 60.0
PAUSE = 1.0
ATTEMPTS = 10


class Server(t.Protocol):
    """What is asked of the client; C(transact) answers with records and errors."""

    def find(self, key: str) -> Listing: ...

    def watch(self, key: str, index: str, seconds: float) -> Listing: ...

    def transact(self, body: bytes) -> t.Any: ...

    def find_session(self, session: str) -> t.Optional[Json]: ...

    def renew_session(self, session: str) -> bool: ...


def check_wait(option: str, value: float) -> None:
    """Nothing that is compared with not a number holds, so that it would not wait at all."""
    if not 0 <= value < math.inf:
        raise UserError(f"{option} is {value:g}: write a number of seconds from 0 on.")


def held_by(record: t.Optional[Record]) -> t.Optional[str]:
    return record.session if record else None


@dataclasses.dataclass(frozen=True)
class Claim:
    """The wish of C(session) for the lock of C(key). C(value) and C(flags) None keep the key's own."""

    key: str
    session: Json
    value: t.Optional[bytes] = None
    flags: t.Optional[int] = None

    def settled(self, record: t.Optional[Record]) -> bool:
        if record is None or record.session != self.session["ID"]:
            return False
        return self.value in (None, record.value) and self.flags in (None, record.flags)

    def step(self, verb: str, record: t.Optional[Record]) -> bytes:
        """A transaction that is void if anybody wrote to the key since C(record) was read."""
        old = record or Record(self.key, b"")
        check = {"Verb": "check-index", "Key": self.key, "Index": old.index}
        if record is None:
            check = {"Verb": "check-not-exists", "Key": self.key}
        act = {
            "Verb": verb,
            "Key": self.key,
            "Value": base64.b64encode(old.value if self.value is None else self.value).decode(),
            "Flags": old.flags if self.flags is None else self.flags,
            "Session": self.session["ID"],
        }
        return json.dumps([{"KV": check}, {"KV": act}]).encode()

    @property
    def pace(self) -> float:
        """How long to wait in one query, so that the session is renewed in time."""
        ttl = seconds(self.session["TTL"])
        return min(ttl / 2, LONGEST_WAIT) if ttl else LONGEST_WAIT


def acquire(
    server: Server,
    claim: Claim,
    timeout: float,
    option: str = "wait_timeout",
    sleep: t.Callable[[float], None] = time.sleep,
) -> bool:
    """Whether something had to be done; fails if the lock is somebody else's to the end.

    The wait lasts through elections: what is asked again is the same, and void if it was done.
    C(timeout) is in seconds and the value of C(option).
    """
    tried, pause, listing = False, False, None
    for left in clock(timeout, interval=0):
        try:
            listing = _look(server, claim, listing, left, pause)
            record = listing.records.get(claim.key)
            if claim.settled(record):
                return tried
            pause = False
            if held_by(record) in (None, claim.session["ID"]):
                tried = True
                reason = _refused(server, claim, claim.step("lock", record))
                if not reason:
                    return True
                pause = "lock delay" in reason
        except ApiError as exc:
            if not (left and passing(exc)):
                raise
            pause = True
        if pause:
            sleep(min(PAUSE, left))
    raise not_acquired(server, claim.key, timeout, option)


def _look(
    server: Server, claim: Claim, seen: t.Optional[Listing], left: float, at_once: bool
) -> Listing:
    """The key as it is; after the first look, as soon as it changes, or C(at_once)."""
    if seen is None:
        return server.find(claim.key)
    if not renewed(server, claim.session):
        raise FailedError(
            f"The session {claim.session['Name']} expired while it waited for the lock of "
            f"{claim.key}: give it a longer ttl."
        )
    if at_once or not left:
        return server.find(claim.key)
    return server.watch(claim.key, seen.index, min(left, claim.pace))


def _refused(server: Server, claim: Claim, body: bytes) -> str:
    """Why the transaction was void, as far as this may pass; the empty text if it was not."""
    errors = [what for _position, what in server.transact(body).errors]
    for what in errors:
        if "Permission denied" in what:
            raise ApiError("PUT", "/v1/txn", 403, f"{claim.key}: {what}")
        if "invalid session" in what:
            raise FailedError(
                f"The session {claim.session['ID']} has expired or was destroyed: run the task again."
            )
    return "; ".join(errors)


def not_acquired(
    server: Server, key: str, timeout: float = 0.0, option: str = "wait_timeout"
) -> FailedError:
    holder = held_by(server.find(key).records.get(key))
    text = f"The lock of {key} was not acquired"
    kind = WaitTimeoutError if timeout else FailedError
    if timeout:
        text += f" in {timeout:g} seconds ({option})"
    if holder is None:
        return kind(
            f"{text}: it is free, but Consul does not give it yet, because the session that held it "
            "last has ended and its lock delay is not over, or because others write to the key.",
            {"holder": None},
        )
    who = server.find_session(holder) or {"ID": holder}
    return kind(f"{text}: {in_words(who)} holds it.", {"holder": who})


def foreseen(server: Server, claim: Claim, acquired: bool) -> bool:
    """Whether acquiring, or else releasing, would change something, as things are now."""
    record = server.find(claim.key).records.get(claim.key)
    holder = held_by(record)
    if not acquired:
        return holder == claim.session["ID"]
    if holder not in (None, claim.session["ID"]):
        raise not_acquired(server, claim.key)
    return not claim.settled(record)


def release(server: Server, claim: Claim) -> bool:
    """Whether it was held. A value that its holder writes meanwhile is the one that stays."""
    for _attempt in range(ATTEMPTS):
        record = server.find(claim.key).records.get(claim.key)
        if held_by(record) != claim.session["ID"]:
            return False
        if not _refused(server, claim, claim.step("unlock", record)):
            return True
    raise ConflictError(
        f"The lock of {claim.key} was not released: others write to the key all the time."
    )
