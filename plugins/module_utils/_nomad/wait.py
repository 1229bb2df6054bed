# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""When a wait is over: pure judgements of what the server showed last."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from . import placement, report
from .deployments import awaits_promotion, own_deployment

Json = t.Dict[str, t.Any]

DONE, PENDING, FAILED, UNPLACEABLE = "done", "pending", "failed", "unplaceable"
RUNNING_STATES = ("running", "complete")
MIN_HEALTHY = 10_000_000_000  # nanoseconds, as Nomad's update block has by default
TERMINAL_STATES = ("complete", "failed", "lost")
GOALS = ("auto", "scheduled", "running", "healthy", "promotion_ready", "complete")


@dataclass(frozen=True)
class Target:
    """Which registration is waited for. C(counts) are the allocations that each group wants.

    C(read_index) is the job's index when it was last seen to be this registration still: an
    evaluation of a later one may be somebody else's. C(steady) is how long tasks that no deployment
    watches have to run (seconds). C(job) is the registration itself, for what a message says of it.
    """

    job_id: str
    version: int
    modify_index: int
    eval_id: str
    type: str
    counts: dict[str, int]
    read_index: int = 0
    steady: float = 0.0
    job: Json = field(default_factory=dict)

    @property
    def everywhere(self) -> bool:
        """Whether it runs on all nodes that fit, however many there are."""
        return self.type in ("system", "sysbatch")


@dataclass(frozen=True)
class Seen:
    evaluations: list[Json] = field(default_factory=list)
    deployments: list[Json] = field(default_factory=list)
    allocations: list[Json] = field(default_factory=list)
    promoted: bool = False


@dataclass(frozen=True)
class Verdict:
    """C(watch) names what will change next; C(note) is for a wait that ended with reservations.

    C(overruled) is a failure by an evaluation that only seems to be of a newer version. A verdict
    has to hold for C(steady) seconds.
    """

    outcome: str
    why: str = ""
    watch: str = "allocations"
    note: str = ""
    overruled: bool = False
    steady: float = 0.0


def target(job: Json, eval_id: str) -> Target:
    groups = job.get("TaskGroups") or []
    kind = str(job.get("Type") or "service")
    return Target(
        job_id=str(job["ID"]),
        version=int(job.get("Version") or 0),
        modify_index=int(job.get("JobModifyIndex") or 0),
        eval_id=eval_id,
        type=kind,
        counts={group["Name"]: _count(group) for group in groups},
        read_index=int(job.get("ModifyIndex") or job.get("JobModifyIndex") or 0),
        steady=max(map(_min_healthy, groups), default=0.0) if "batch" not in kind else 0.0,
        job=job,
    )


def _min_healthy(group: Json) -> float:
    return ((group.get("Update") or {}).get("MinHealthyTime") or MIN_HEALTHY) / 1e9


def _count(group: Json) -> int:
    return 1 if group.get("Count") is None else int(group["Count"])


def unsettled(job: Json | None) -> bool:
    """Whether a job was registered, but has not come up yet as far as its own record tells."""
    if not job or job.get("Type", "service") != "service" or job.get("Stop") or job.get("Stable"):
        return False
    return any(
        _count(group) and ((group.get("Update") or {}).get("MaxParallel") or 0)
        for group in job.get("TaskGroups") or []
    )


def goal_problem(job: Json, goal: str) -> str:
    """Why this goal makes no sense for this job."""
    kind = str(job.get("Type") or "service")
    if goal == "complete" and kind not in ("batch", "sysbatch"):
        return f"a job of type {kind} never completes. Use healthy or running."
    if goal in ("healthy", "promotion_ready") and kind in ("batch", "sysbatch"):
        return f"a job of type {kind} has no deployment. Use running or complete."
    return ""


def judge(goal: str, aim: Target, seen: Seen) -> Verdict:
    """Whether the wait is over, and how."""
    verdict = _scheduling(aim, seen.evaluations)
    if verdict:
        return verdict
    if goal == "scheduled" or not any(aim.counts.values()):
        return Verdict(DONE)
    if goal == "complete":
        return _counted(aim, seen, ("complete",), "complete")
    deployment = own_deployment(aim, seen.deployments)
    if deployment and goal != "running":
        return _deployed(goal, deployment)
    verdict = _counted(aim, seen, RUNNING_STATES, "running")
    # Nobody else sees to it that tasks do not end as soon as they run.
    return verdict if goal == "running" else replace(verdict, steady=aim.steady)


# The scheduler


def _scheduling(aim: Target, evaluations: list[Json]) -> Verdict | None:
    """Anything but None ends the judgement: the scheduler is busy, stuck, or was overruled."""
    own = next((e for e in evaluations if e["ID"] == aim.eval_id), None)
    since = own["CreateIndex"] if own else aim.modify_index
    recent = [e for e in evaluations if e["CreateIndex"] >= since]
    overruled = _overruled(aim, recent)
    if overruled:
        return Verdict(FAILED, overruled, overruled=True)
    if own and own["Status"] == "pending":
        return Verdict(PENDING, "the scheduler has not looked at the job yet", "evaluations")
    blocked = [e for e in recent if e["Status"] == "blocked"]
    if blocked:
        newest = max(blocked, key=lambda e: e["CreateIndex"])
        why = placement.unplaceable(_failed_groups(newest, own), aim.job)
        return Verdict(UNPLACEABLE, why, "evaluations")
    if own and own["Status"] == "failed" and not own.get("NextEval"):
        reason = own.get("StatusDescription") or "no reason given"
        return Verdict(FAILED, f"the scheduler gave up: {reason}")
    return None


def _failed_groups(blocked: Json, own: Json | None) -> Json:
    return dict(blocked.get("FailedTGAllocs") or (own or {}).get("FailedTGAllocs") or {})


def _overruled(aim: Target, recent: list[Json]) -> str:
    known = max(aim.modify_index, aim.read_index)
    for evaluation in recent:
        if evaluation["ID"] == aim.eval_id or (evaluation.get("JobModifyIndex") or 0) <= known:
            continue
        if evaluation.get("TriggeredBy") == "job-deregister":
            return "somebody stopped the job meanwhile"
        if evaluation.get("TriggeredBy") == "job-register":
            return "somebody registered a newer version of the job meanwhile"
    return ""


# Deployments


def _deployed(goal: str, deployment: Json) -> Verdict:
    status = deployment["Status"]
    text = deployment.get("StatusDescription") or status
    if status == "successful":
        return Verdict(DONE)
    if status in ("failed", "cancelled"):
        version = deployment["JobVersion"]
        return Verdict(FAILED, f"its deployment of version {version} {status}: {text}")
    progress = report.deployment_progress(deployment)
    if awaits_promotion(deployment):
        waiting = f"its canaries are healthy and await promotion ({progress})"
        if goal in ("auto", "promotion_ready"):
            return Verdict(DONE, note=waiting)
        return Verdict(PENDING, waiting, "deployments")
    return Verdict(PENDING, f"its deployment is {status} ({progress})", "deployments")


# Allocations


def own_allocations(aim: Target, allocations: list[Json]) -> list[Json]:
    return [a for a in allocations if a["JobVersion"] == aim.version]


def _wanted(aim: Target, seen: Seen) -> list[Json]:
    """The newest attempt at each place: failed ones that were replaced do not count."""
    own = own_allocations(aim, seen.allocations)
    return [a for a in own if a["DesiredStatus"] == "run" and not a.get("NextAllocation")]


def lost_for_good(job: Json, allocations: list[Json]) -> bool:
    """Whether the version of a job that is there has failed, and nothing of it is tried again."""
    return bool(_given_up(_wanted(target(job, ""), Seen(allocations=allocations)), []))


def _given_up(wanted: list[Json], evaluations: list[Json]) -> list[Json]:
    """Failed for good: Nomad plans no other attempt, and is not about to decide on one."""
    if any(e["Status"] == "pending" and not _delayed(e) for e in evaluations):
        return []
    dead = [a for a in wanted if a["ClientStatus"] in ("failed", "lost")]
    return [a for a in dead if not a.get("FollowupEvalID")]


def _delayed(evaluation: Json) -> bool:
    return not str(evaluation.get("WaitUntil") or "0001").startswith("0001")


def _counted(aim: Target, seen: Seen, states: t.Sequence[str], word: str) -> Verdict:
    wanted = _wanted(aim, seen)
    lost = _given_up(wanted, seen.evaluations)
    if lost:
        groups = ", ".join(sorted({a["TaskGroup"] for a in lost}))
        return Verdict(FAILED, f"group {groups} failed for good")
    good = [a for a in wanted if a["ClientStatus"] in states]
    missing = []
    for group, count in sorted(aim.counts.items()):
        there = sum(a["TaskGroup"] == group for a in good)
        need = sum(a["TaskGroup"] == group for a in wanted) if aim.everywhere else count
        if there < need:
            missing.append(f"group {group}: {there} of {need} {word}")
    return Verdict(PENDING, "; ".join(missing)) if missing else Verdict(DONE)


def stopped(allocations: list[Json]) -> bool:
    """Whether nothing of a job runs any more."""
    return all(a["ClientStatus"] in (*TERMINAL_STATES, "unknown") for a in allocations)
