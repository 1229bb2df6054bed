# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which allocations a rolling restart takes, in which order, and when one of them is well again."""

from __future__ import annotations

import math
import re
import typing as t
from dataclasses import dataclass

from .._errors import UserError
from .health import services
from .report import moment

Json = t.Dict[str, t.Any]

DONE, PENDING, FAILED = "done", "pending", "failed"


@dataclass(frozen=True)
class Candidate:
    """An allocation before its restart. C(restarts) are its tasks that run, with their counters."""

    id: str
    group: str
    restarts: dict[str, int]


def candidates(allocations: list[Json], group: str | None, task: str | None) -> list[Candidate]:
    """What runs, and is meant to; the same order each time."""
    found = []
    for allocation in sorted(allocations, key=lambda a: _place(str(a["Name"]))):
        if allocation["ClientStatus"] != "running" or allocation["DesiredStatus"] != "run":
            continue
        tasks = {
            name: int(state.get("Restarts") or 0)
            for name, state in (allocation.get("TaskStates") or {}).items()
            if state["State"] == "running" and task in (None, name)
        }
        if tasks and group in (None, allocation["TaskGroup"]):
            found.append(Candidate(allocation["ID"], allocation["TaskGroup"], tasks))
    return found


def _place(name: str) -> tuple[str, int]:
    """Out of C(web.frontend[10]), so that it comes after C(web.frontend[9])."""
    match = re.fullmatch(r"(.*)\[(\d+)\]", name)
    return (match[1], int(match[2])) if match else (name, 0)


def check_task(job: Json, group: str | None, task: str | None) -> None:
    groups = [g for g in job.get("TaskGroups") or [] if group in (None, g["Name"])]
    names = sorted({str(t["Name"]) for g in groups for t in g["Tasks"]})
    if task is not None and task not in names:
        raise UserError(
            f"task: job {job['ID']} has no task {task} there. It has {', '.join(names)}."
        )


def batches(found: list[Candidate], size: str) -> list[list[Candidate]]:
    """C(size) is a number, or a share of all as C(25%)."""
    match = re.fullmatch(r"([1-9]\d*)(%?)", size.strip())
    if not match:
        raise UserError(
            f"batch_size: {size!r} is neither a number above 0 nor a share like 25%. Correct it."
        )
    step = int(match[1])
    if match[2]:
        step = max(1, math.ceil(len(found) * step / 100))
    return [found[at : at + step] for at in range(0, len(found), step)]


def min_healthy_seconds(job: Json, group: str) -> float:
    """How long Nomad itself lets an allocation run before it counts as healthy in a deployment."""
    for found in job.get("TaskGroups") or []:
        if found["Name"] == group:
            update = found.get("Update") or {}
            return float(update.get("MinHealthyTime") or 0) / 1e9
    return 0.0


def has_checks(job: Json, group: str) -> bool:
    """Whether Nomad itself checks services of the group."""
    for found in job.get("TaskGroups") or []:
        if found["Name"] == group:
            return any(s.get("Provider") == "nomad" and s.get("Checks") for s in services(found))
    return False


@dataclass(frozen=True)
class State:
    outcome: str
    why: str = ""


def state(candidate: Candidate, allocation: Json | None) -> State:
    """Whether its tasks were restarted and run again; their checks are another question."""
    if allocation is None:
        return State(FAILED, f"allocation {candidate.id} is gone")
    status, where = allocation["ClientStatus"], f"allocation {allocation['Name']}"
    if status in ("failed", "lost", "unknown") or allocation["DesiredStatus"] != "run":
        return State(FAILED, f"{where} is {status} and meant to {allocation['DesiredStatus']}")
    states = allocation.get("TaskStates") or {}
    for name, before in sorted(candidate.restarts.items()):
        found = _task(name, before, states.get(name) or {})
        if found.outcome != DONE:
            return State(found.outcome, f"{where}: {found.why}")
    return State(DONE)


def _task(name: str, before: int, found: Json) -> State:
    restarts = int(found.get("Restarts") or 0) - before
    if restarts < 1:
        return State(PENDING, f"task {name} was not restarted yet")
    if restarts > 1:
        return State(FAILED, f"task {name} ended again after its restart")
    if found["State"] == "dead" and found.get("Failed"):
        return State(FAILED, f"task {name} failed after its restart")
    if found["State"] == "pending":
        return State(PENDING, f"task {name} is not running yet")
    return State(DONE)


def unchecked(candidate: Candidate, allocation: Json, checks: list[Json]) -> str:
    """Which check has not succeeded since the restart, or nothing."""
    states = allocation.get("TaskStates") or {}
    started = max(int(moment(states[name]["StartedAt"])) for name in candidate.restarts)
    for check in sorted(checks, key=lambda c: str(c["Check"])):
        if check.get("Mode") == "readiness":
            continue
        fresh = int(check["Timestamp"]) > started
        if not fresh or check["Status"] != "success":
            said = str(check.get("Output") or "") if fresh else "not made since the restart"
            return f"check {check['Check']} of allocation {allocation['Name']}: {said}"
    return ""
