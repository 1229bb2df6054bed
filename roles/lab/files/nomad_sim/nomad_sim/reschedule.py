# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed allocation gets a successor, later, if its group's reschedule policy has one left."""

from __future__ import annotations

import dataclasses

from . import records
from .placement import group_of
from .shapes import SECOND, Data
from .store import Store, now


@dataclasses.dataclass(frozen=True)
class FollowUp:
    eval_id: str
    alloc_id: str
    seconds: float


def delay(policy: Data, attempts: int) -> int:
    """Constant, doubling or Fibonacci, at most max_delay."""
    first, kind = int(policy["Delay"]), policy["DelayFunction"]
    if kind == "constant":
        return first
    before, value = first, first
    for number in range(attempts):
        grown = value * 2 if kind == "exponential" else (first if number == 0 else before + value)
        before, value = value, grown
    return min(value, int(policy["MaxDelay"]) or value)


def next_delay(alloc: Data) -> int | None:
    """How long until the successor; None where there is none to come."""
    policy = group_of(alloc)["ReschedulePolicy"]
    past = list((alloc.get("RescheduleTracker") or {}).get("Events") or [])
    if policy["Unlimited"]:
        return delay(policy, len(past))
    recent = [e for e in past if now() - e["RescheduleTime"] < policy["Interval"]]
    return delay(policy, len(past)) if len(recent) < policy["Attempts"] else None


def after_failure(store: Store, alloc: Data, index: int) -> FollowUp | None:
    """Inside a write: the evaluation of a failure, and the one that follows up on it."""
    job = store.jobs.get(alloc["JobID"])
    failed = alloc["ClientStatus"] == "failed" and alloc["DesiredStatus"] == "run"
    if not failed or job is None or job["Stop"]:
        return None
    wait = next_delay(alloc)
    if wait is None:
        return None
    queued = {g["Name"]: 0 for g in job["TaskGroups"]}
    first = records.evaluation(job, "alloc-failure", index, Status="complete",
                               QueuedAllocations=queued, SnapshotIndex=index)  # fmt: skip
    del first["JobModifyIndex"]
    follow = records.evaluation(job, "alloc-failure", index, PreviousEval=first["ID"],
                                WaitUntil=records.rfc3339(now() + wait))  # fmt: skip
    follow["_waits_for"] = alloc["ID"]
    follow["_until"] = now() + wait
    alloc.update(FollowupEvalID=follow["ID"], _waiting=True, _delay=wait)
    for made in (first, follow):
        store.evals[made["ID"]] = made
    return FollowUp(follow["ID"], alloc["ID"], wait / SECOND)


def ripe(store: Store, follow: FollowUp) -> None:
    """Inside a write: the wait is over, the failed allocation gives its place up."""
    alloc = store.allocs.get(follow.alloc_id)
    if alloc is not None and alloc.pop("_waiting", None) and alloc["DesiredStatus"] == "run":
        alloc["_replace"] = True
        alloc.update(DesiredStatus="stop", ModifyIndex=store.index)
        alloc["DesiredDescription"] = "alloc was rescheduled because it failed"


def pending(store: Store) -> list[FollowUp]:
    found = [e for e in store.evals.values() if e["Status"] == "pending" and "_until" in e]
    return [
        FollowUp(e["ID"], e["_waits_for"], max(0.0, (e["_until"] - now()) / SECOND)) for e in found
    ]
