# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Restarts what runs of a job, batch by batch, and goes on only when a batch is well again."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .._errors import ApiError, FailedError, WaitTimeoutError
from .._wait import clock
from . import report, rolling, watch
from .answers import UnavailableError
from .rolling import Candidate, State
from .runs import RunsClient
from .submit import GRACE
from .transport import Json

LOOK = 1.0  # seconds on one blocking query: checks change without that it returns


@dataclass
class Roll:
    """One rolling restart. C(restarted) are the allocations that were told to, as last seen."""

    client: RunsClient
    job: Json
    task: str
    patience: watch.Patience
    now: t.Callable[[], float] = time.monotonic
    sleep: t.Callable[[float], None] = time.sleep
    restarted: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._until = self.now() + self.patience.timeout
        self._good_since: dict[str, float] = {}

    @property
    def result(self) -> Json:
        return {
            "changed": bool(self.restarted),
            "allocations": [report.summary(a) for a in self.restarted.values()],
        }

    def run(self, found: list[list[Candidate]], wait: bool, pause: float) -> None:
        try:
            self._run(found, wait, pause)
        except ApiError as error:
            # What was restarted before the server was lost stays restarted.
            raise FailedError(str(error), {**error.details, **self.result}) from error

    def _run(self, found: list[list[Candidate]], wait: bool, pause: float) -> None:
        for number, batch in enumerate(found):
            for candidate in batch:
                self._restart(candidate)
            last = number == len(found) - 1
            if wait:
                self._settle(batch)
            if pause and not last:
                self.sleep(pause)
            if wait and pause and not last:
                # What came up at first may have gone down again during the pause.
                self._settle(batch)

    def _restart(self, candidate: Candidate) -> None:
        try:
            self.client.restart_allocation(candidate.id, self.task)
        except UnavailableError:
            if not self._arrived(candidate):
                raise
        self.restarted.setdefault(candidate.id, self._seen()[candidate.id])

    def _arrived(self, candidate: Candidate) -> bool:
        """Whether a restart whose answer was lost is carried out; asked twice it would be two."""
        for _left in clock(GRACE, now=self.now, sleep=self.sleep):
            found = rolling.state(candidate, self._seen().get(candidate.id))
            if "was not restarted yet" not in found.why:
                return True
        return False

    def _seen(self, index: int = 0, wait: float = 0) -> dict[str, Json]:
        allocations, self._index = self.client.allocations(str(self.job["ID"]), index, wait)
        return {allocation["ID"]: allocation for allocation in allocations}

    def _settle(self, batch: list[Candidate]) -> None:
        self._index = 0
        late: dict[str, str] = {}
        left = max(0.0, self._until - self.now())
        for rest in clock(left, interval=watch.PACE, now=self.now, sleep=self.sleep):
            seen = self._seen(self._index, min(rest, LOOK))
            states = {c.id: self._state(c, seen) for c in batch}
            self.restarted.update({c.id: seen[c.id] for c in batch if c.id in seen})
            bad = {i: s.why for i, s in states.items() if s.outcome == rolling.FAILED}
            if bad:
                raise self._failure(FailedError, bad)
            late = {i: s.why for i, s in states.items() if s.outcome == rolling.PENDING}
            if not late:
                return
        raise self._failure(WaitTimeoutError, late)

    def _state(self, candidate: Candidate, seen: dict[str, Json]) -> State:
        allocation = seen.get(candidate.id)
        found = rolling.state(candidate, allocation)
        if found.outcome != rolling.DONE or allocation is None:
            self._good_since.pop(candidate.id, None)
            return found
        if allocation["ClientStatus"] == "complete":
            return found
        missing = ""
        if rolling.has_checks(self.job, candidate.group):
            missing = rolling.unchecked(candidate, allocation, self.client.checks(candidate.id))
        if missing:
            self._good_since.pop(candidate.id, None)
            return State(rolling.PENDING, missing)
        since = self._good_since.setdefault(candidate.id, self.now())
        need = rolling.min_healthy_seconds(self.job, candidate.group)
        if self.now() - since < need:
            where = f"allocation {allocation['Name']}"
            return State(rolling.PENDING, f"{where} has not been running for {need:g} seconds yet")
        return found

    def _failure(self, kind: type[FailedError], why: dict[str, str]) -> FailedError:
        """C(why) tells of each allocation that is not well."""
        involved = [a for key, a in self.restarted.items() if key in why]
        failed = report.failures(involved, watch.REPORTED)
        for entry in failed:
            lines = self.patience.log_lines
            entry.update(watch.logs(self.client, entry["allocation"], entry["task"], lines))
        parts = [next(iter(why.values())), report.sentence(failed)]
        if kind is WaitTimeoutError:
            seconds = f"{self.patience.timeout:g} seconds"
            parts = [f"not all restarted allocations were well after {seconds}", parts[0]]
        text = ": ".join(part for part in parts if part)
        return kind(f"Job {self.job['ID']}: {text}", {**self.result, "failures": failed})
