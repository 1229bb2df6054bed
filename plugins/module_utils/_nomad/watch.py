# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Waits by blocking queries, and gathers what a failure report needs."""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass, replace

from .._errors import ApiError, FailedError, WaitTimeoutError
from .._wait import clock
from . import deployments, health, report, wait
from .client import Json, NomadClient
from .submit import GRACE
from .wait import DONE, FAILED, UNPLACEABLE, Seen, Target, Verdict

SLICE = 10.0  # seconds on one blocking query, since only one of three objects can be watched
PACE = 0.1  # seconds between two looks, should a server answer at once each time
LOG_BYTES = 65536
LOG_GRACE = 1.0  # seconds
REPORTED = 5  # failed tasks


@dataclass(frozen=True)
class Patience:
    """How long a wait lasts, and what it does meanwhile."""

    timeout: float
    wait_for_room: bool = False
    log_lines: int = 20
    promote: bool = False

    @classmethod
    def of(cls, params: Json) -> Patience:
        """As a module's options say."""
        return cls(
            timeout=params["wait_timeout"],
            wait_for_room=params["on_unplaceable"] == "wait",
            log_lines=params["log_lines"],
            promote=params.get("promote") == "auto",
        )


class _Observer:
    """Looks at all that a job shows, waiting on one of its objects to change."""

    def __init__(self, client: NomadClient, aim: Target) -> None:
        self._sources: dict[str, t.Callable[..., tuple[t.Any, int]]] = {
            "evaluations": client.evaluations,
            "allocations": client.allocations,
        }
        if aim.type in ("service", "system"):
            self._sources["deployments"] = client.deployments
        self._job_id = aim.job_id
        self._indexes: dict[str, int] = {}

    def look(self, watch: str, seconds: float) -> Seen:
        found = {}
        for name in sorted(self._sources, key=lambda name: name != watch):
            wait_seconds = seconds if name == watch else 0.0
            found[name], self._indexes[name] = self._sources[name](
                self._job_id, self._indexes.get(name, 0), wait_seconds
            )
        return Seen(**found)


@contextlib.contextmanager
def kept(result: Json) -> t.Iterator[None]:
    """Say what had been done already, should the server be lost while it is waited for."""
    try:
        yield
    except ApiError as error:
        raise FailedError(str(error), {**error.details, **result}) from error


def until(client: NomadClient, goal: str, aim: Target, patience: Patience) -> tuple[Verdict, Seen]:
    """The last verdict and what it was passed on; one that is still pending means a time-out."""
    observer = _Observer(client, aim)
    verdict, seen = Verdict(wait.PENDING, "nothing was seen yet", watch=""), Seen()
    settled = _Settled()
    promoted = False
    for left in clock(patience.timeout, interval=PACE):
        seen = observer.look(verdict.watch, min(left, SLICE if not settled.near else 1.0))
        promoted = (patience.promote and _promoted(client, aim, seen)) or promoted
        seen = replace(seen, promoted=promoted)
        verdict = wait.judge(goal, aim, seen)
        if verdict.overruled:
            aim = _known(client, aim)
            verdict = wait.judge(goal, aim, seen)
        if settled.by(verdict, patience.wait_for_room):
            break
    else:
        if verdict.outcome == DONE:
            why = f"its tasks run, but have not yet done so for {verdict.steady:g} seconds"
            verdict = Verdict(wait.PENDING, why)
    return verdict, seen


def _promoted(client: NomadClient, aim: Target, seen: Seen) -> bool:
    """Whether canaries became healthy and were promoted just now."""
    deployment_id = deployments.to_promote(aim, seen.deployments)
    if deployment_id:
        try:
            client.promote_all(deployment_id)
        except ApiError as error:
            # It failed, or was overtaken, since it was looked at: the next look tells.
            if "terminal deployment" not in error.body:
                raise
            return False
    return bool(deployment_id)


def _known(client: NomadClient, aim: Target) -> Target:
    """Evaluations alone, and registering the same again, look like a newer version."""
    job = client.find_job(aim.job_id)
    if job is None or job["JobModifyIndex"] != aim.modify_index or job.get("Stop"):
        return aim
    return replace(aim, read_index=int(job["ModifyIndex"]))


class _Settled:
    """Whether a verdict stays: lists are read one after another, room may come free, tasks end."""

    def __init__(self, now: t.Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._outcome = ""
        self._since = 0.0

    @property
    def near(self) -> bool:
        return self._outcome in (DONE, FAILED, UNPLACEABLE)

    def by(self, verdict: Verdict, wait_for_room: bool) -> bool:
        if verdict.outcome != self._outcome:
            self._outcome, self._since = verdict.outcome, self._now()
            return verdict.outcome == DONE and not verdict.steady
        if verdict.outcome == FAILED:
            return True
        if verdict.outcome == DONE:
            return self._now() - self._since >= verdict.steady
        stuck = self._now() - self._since >= GRACE
        return verdict.outcome == UNPLACEABLE and not wait_for_room and stuck


def until_stopped(client: NomadClient, job_id: str, timeout: float) -> None:
    """Until no allocation of the job runs any more, an already purged one's too."""
    index = 0
    allocations: list[Json] = []
    for left in clock(timeout, interval=PACE):
        allocations, index = client.all_allocations(job_id, index, min(left, SLICE))
        if wait.stopped(allocations):
            return
    alive = [report.summary(a) for a in allocations if not wait.stopped([a])]
    raise WaitTimeoutError(
        f"Job {job_id} was stopped, but {len(alive)} of its allocations still ran after"
        f" {timeout:g} seconds.",
        {"changed": True, "job_id": job_id, "allocations": alive},
    )


def failure(
    client: NomadClient, aim: Target, goal: str, verdict: Verdict, seen: Seen, patience: Patience
) -> FailedError:
    """What to raise for a wait that did not end well: the cause first, all that was seen behind."""
    own = wait.own_allocations(aim, seen.allocations)
    failed = report.failures(own, REPORTED, _unwell(client, aim, goal, seen))
    for entry in failed:
        entry.update(_last_words(client, entry, patience.log_lines))
    details = {
        "changed": True,
        "job_id": aim.job_id,
        "version": aim.version,
        "eval_id": aim.eval_id,
        **came_of(aim, seen),
        "failures": failed,
    }
    cause = ": ".join(part for part in (verdict.why, report.sentence(failed)) if part)
    if verdict.outcome in (FAILED, UNPLACEABLE) and not (
        verdict.outcome == UNPLACEABLE and patience.wait_for_room
    ):
        return FailedError(f"Job {aim.job_id}: {cause}", details)
    wanted = "done" if goal == "auto" else goal.replace("_", " ")
    return WaitTimeoutError(
        f"Job {aim.job_id} was not {wanted} after {patience.timeout:g} seconds: {cause}", details
    )


def came_of(aim: Target, seen: Seen) -> Json:
    """What a result says of the version that was waited for."""
    own = wait.own_allocations(aim, seen.allocations)
    return {
        "deployment": deployments.own_deployment(aim, seen.deployments),
        "allocations": [report.summary(a) for a in own],
    }


def _unwell(client: NomadClient, aim: Target, goal: str, seen: Seen) -> dict[str, health.Unwell]:
    """By allocation, what is known of checks where a deployment waits for them to pass."""
    if goal == "running" or deployments.own_deployment(aim, seen.deployments) is None:
        return {}
    found = {}
    own = [a for a in wait.own_allocations(aim, seen.allocations) if health.unhealthy(a)]
    for allocation in sorted(own, key=lambda a: -int(a["CreateIndex"]))[:REPORTED]:
        checks = health.heeded(aim.job, allocation["TaskGroup"])
        if checks:
            found[allocation["ID"]] = _checked(client, allocation, checks)
    return found


def _checked(client: NomadClient, allocation: Json, checks: list[health.Check]) -> health.Unwell:
    results: list[Json] = []
    if any(c.provider == "nomad" for c in checks) and allocation["ClientStatus"] == "running":
        try:
            results = client.checks(allocation["ID"])
        except ApiError as error:
            # Its node may be what is wrong; that it cannot be asked is no second failure.
            return health.Unwell(note=f"its checks could not be asked for: {error}")
    return health.unwell(checks, results)


def _last_words(client: NomadClient, failed: Json, lines: int) -> Json:
    """The logs of a failed task. What it wrote last can arrive a little after its exit code."""
    found: Json = {}
    for _left in clock(LOG_GRACE if failed["exit_code"] else 0, interval=0.2):
        found = logs(client, failed["allocation"], failed["task"], lines)
        if lines <= 0 or found["stdout"] or found["stderr"]:
            break
    return found


def logs(client: NomadClient, allocation: str, task: str, lines: int) -> Json:
    """The last lines of both streams; a node that cannot be asked is told in place of them."""
    found: Json = {"stdout": [], "stderr": []}
    for stream in ("stdout", "stderr") if lines > 0 else ():
        try:
            text = client.log(allocation, task, stream, LOG_BYTES)
        except ApiError as error:
            # A task that never started has none, and that is no second failure to report.
            return {**found, "log_error": str(error)}
        found[stream] = report.tail(text, lines)
    return found
