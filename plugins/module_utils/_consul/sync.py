# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Carries out changes, and merges with whoever writes to the same keys meanwhile."""

from __future__ import annotations

import dataclasses
import random
import time
import typing as t

from ansible_collections.mlops.infra.plugins.module_utils._consul.election import passing
from ansible_collections.mlops.infra.plugins.module_utils._consul.model import (
    Change,
    Record,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.pack import (
    Batch,
    Limits,
    narrower,
    pack,
)
from ansible_collections.mlops.infra.plugins.module_utils._consul.tree import some
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    MlopsError,
    UserError,
)

VALUE_SIZE = 512 * 1024  # kv_max_value_size, unless the server is told otherwise
STALE = "index is stale"
REFUSED = "too much at once"


class Server(t.Protocol):
    """What is asked of the client; C(transact) answers with records and errors."""

    def transact(self, body: bytes) -> t.Any: ...

    def put(self, key: str, value: bytes, flags: int, **how: t.Union[str, int]) -> bool: ...


@dataclasses.dataclass
class Work:
    """How to write, and what was written so far; C(unsure) went out and got no answer.

    C(stale) are the keys that somebody else had changed at the last attempt.
    """

    limits: Limits
    attempts: int = 10
    atomic: bool = False
    done: dict[str, Change] = dataclasses.field(default_factory=dict)
    unsure: dict[str, Change] = dataclasses.field(default_factory=dict)
    records: dict[str, Record] = dataclasses.field(default_factory=dict)
    stale: list[str] = dataclasses.field(default_factory=list)

    def note(self, changes: t.Iterable[Change], records: t.Iterable[Record] = ()) -> None:
        """Consul returns the new indexes without the values, which we know."""
        self.done.update((change.key, change) for change in changes)
        for record in records:
            value = self.done[record.key].after or b""
            self.records[record.key] = dataclasses.replace(record, value=value)

    def settle(self, open_still: t.Container[str]) -> None:
        """After the keys were read again: what is not to be done any more came about."""
        self.done.update((k, c) for k, c in self.unsure.items() if k not in open_still)
        self.unsure.clear()

    @property
    def changes(self) -> list[Change]:
        """Deletions and writes that took place, in the order of their keys."""
        return [change for _key, change in sorted({**self.unsure, **self.done}.items())]


def synchronise(
    server: Server,
    changes: t.Sequence[Change],
    replan: t.Callable[[], t.Sequence[Change]],
    work: Work,
    sleep: t.Callable[[float], None] = time.sleep,
) -> None:
    """Apply C(changes). What others changed since the read is read and planned again.

    A key that was written once is not written again, and a key that was not to be changed at
    first is not changed later: the outcome is as if all writers had come one after the other.
    """
    left = {change.key: change for change in changes}
    lost: t.Optional[MlopsError] = None
    for attempt in range(work.attempts):
        if attempt:
            # An election takes up to 16 s, somebody else's writes no time at all.
            sleep(random.uniform(0.05, 0.1) * min(2**attempt, 80 if lost else 20))
        lost = _attempt(server, left, replan if attempt else None, work)
        if not left and not lost:
            return
    if not lost:
        lost = ConflictError(
            f"Somebody else changed {some(work.stale)} meanwhile. Not changed by this task: "
            f"{some(list(left))}."
        )
    _give_up(lost, work, len(changes))


def _attempt(
    server: Server,
    left: dict[str, Change],
    replan: t.Optional[t.Callable[[], t.Sequence[Change]]],
    work: Work,
) -> t.Optional[MlopsError]:
    """Do what C(left) says and take out of it what is done; returns what may pass by itself."""
    total = len(left) + len(work.done)
    work.stale.clear()
    try:
        if replan:
            again = {change.key: change for change in replan() if change.key in left}
            left.clear()
            left.update(again)
            work.settle(again)
        apply(server, list(left.values()), work)
    except MlopsError as exc:
        if passing(exc):
            return exc
        _give_up(exc, work, total)
    finally:
        for key in work.done:
            left.pop(key, None)
    return None


def _give_up(error: MlopsError, work: Work, total: int) -> t.NoReturn:
    """Raise C(error), and say what was changed before, and what got no answer."""
    done = [change.key for change in work.changes]
    if not done:
        raise error
    text = f"{str(error).rstrip('.')}. {len(work.done)} of {total} keys had been changed before"
    unsure = len(done) - len(work.done)
    text += f", and {unsure} more may have been." if unsure else "."
    raise FailedError(text, {**error.details, "changed": True, "changed_keys": done}) from error


def check_atomic(changes: t.Sequence[Change], limits: Limits) -> None:
    """Refuse what one request cannot do."""
    batches, large = pack(changes, limits)
    if len(batches) + len(large) > 1:
        raise UserError(
            f"atomic is set, and {len(changes)} changes do not fit into one transaction of "
            f"{limits.operations} operations and {limits.size} bytes. Nothing was changed."
        )


def check_sizes(limit: t.Callable[[], int], changes: t.Iterable[Change]) -> None:
    """What the server will refuse; its limit is asked for only where it may be exceeded."""
    for change in changes:
        size = len(change.after or b"")
        if size > VALUE_SIZE and size > limit():
            raise UserError(
                f"The value of {change.key} has {size} bytes, and Consul takes {limit()}: make it "
                "smaller, or raise kv_max_value_size there."
            )


def apply(server: Server, changes: t.Sequence[Change], work: Work) -> None:
    """Values too large for a transaction go first, the largest of all: a refusal comes early."""
    if work.atomic:
        check_atomic(changes, work.limits)
    batches, large = pack(changes, work.limits)
    for change in sorted(large, key=lambda change: -len(change.after or b"")):
        _put(server, change, work)
    for position, batch in enumerate(batches):
        if _transact(server, batch, work) is REFUSED:
            rest = [change for batch in batches[position:] for change in batch.changes]
            apply(server, rest, work)
            return


def _put(server: Server, change: Change, work: Work) -> None:
    value = change.after or b""
    try:
        written = server.put(change.key, value, change.flags, cas=change.index)
    except ApiError as exc:
        if exc.status == 413:
            raise UserError(
                f"The value of {change.key} has {len(value)} bytes, which Consul refuses: {exc.body}"
            ) from exc
        _unsure(exc, [change], work)
        raise
    if written:
        work.note([change])
    else:
        work.stale.append(change.key)


def _transact(server: Server, batch: Batch, work: Work) -> t.Optional[str]:
    """C(REFUSED): the server takes less at once, and C(work) now has its limits."""
    try:
        answer = server.transact(batch.body)
    except ApiError as exc:
        limits = narrower(exc.body, work.limits) if exc.status == 413 else None
        if limits:
            work.limits = limits
            return REFUSED
        _unsure(exc, batch.changes, work)
        raise
    _check_answer(answer, batch, work)
    for position, reason in answer.errors:
        key = batch.changes[position].key
        if STALE not in reason:
            raise _refusal(key, reason)
        work.stale.append(key)
    if not answer.errors:
        work.note(batch.changes, answer.records)
    return None


def _check_answer(answer: t.Any, batch: Batch, work: Work) -> None:
    """Consul answers for each write, and for nothing that it was not asked for."""
    asked = {change.key for change in batch.changes}
    written = {change.key for change in batch.changes if not change.deletes}
    told = {record.key for record in answer.records}
    known = all(0 <= position < len(batch.changes) for position, _reason in answer.errors)
    if not known or told - asked or not (answer.errors or written <= told):
        error = ApiError(
            "PUT", "/v1/txn", 200, "not what was asked for: another server may be there"
        )
        _unsure(error, batch.changes, work)
        raise error


def _unsure(error: ApiError, changes: t.Iterable[Change], work: Work) -> None:
    """Also where somebody between us and Consul answered with success, but not Consul's answer."""
    if passing(error) or error.status == 200:
        work.unsure.update((change.key, change) for change in changes)


def _refusal(key: str, reason: str) -> ApiError:
    """Inside a transaction Consul answers 409 for what it answers 403 elsewhere."""
    status = 403 if "Permission denied" in reason else 409
    return ApiError("PUT", "/v1/txn", status, f"{key}: {reason}")
