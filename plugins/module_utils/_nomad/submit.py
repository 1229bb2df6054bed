# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Planning and registering a job, with Nomad's refusals put into words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .._errors import ApiError, ConflictError, UserError
from .._wait import clock
from . import jobspec, live, placement, plan
from .answers import UnavailableError
from .client import Json, NomadClient

# What Nomad notes of a version beside the job itself.
_OF_THE_RECORD = ("Version", "SubmitTime", "Status", "StatusDescription", "Stable", "VersionTag")
_INDEXES = ("CreateIndex", "ModifyIndex", "JobModifyIndex")
GRACE = 5.0  # seconds in which a stopped job may still free what the new one needs


def index_of(observed: Json | None) -> int:
    """What EnforceIndex compares; 0 is a job that is not there."""
    return int((observed or {}).get("JobModifyIndex") or 0)


def check_index(job_id: str, observed: Json | None, wanted: int | None) -> None:
    """Refuse to change what the user has not seen."""
    index = index_of(observed)
    if wanted is not None and wanted != index:
        raise ConflictError(
            f"check_index: job {job_id} has the index {index}, not {wanted}. See what changed"
            " since, and give the new index."
        )


def check(job: Json, observed: Json | None, wanted: int | None) -> None:
    """Refuse what the user forbade by an index, and what the plan allows but registering does not."""
    check_index(str(job["ID"]), observed, wanted)
    problem = plan.forbidden_transition(job, observed)
    if problem:
        raise UserError(
            f"Job {job['ID']} is registered, and {problem}. Remove it first with state: absent and"
            " purge: true, or give the job another ID."
        )


def notices(job: Json, planned: Json, change: plan.Change, wait: bool) -> list[str]:
    """What the user should know though nothing fails."""
    found = jobspec.explain_warnings(planned.get("Warnings") or "")
    lines = [f"Nomad on job {job['ID']}: {line}" for line in found]
    goes_on = not change or not wait or plan.only_children_run(job)
    if change.unplaceable and goes_on:
        lines.append(f"Job {job['ID']}: {placement.unplaceable(change.unplaceable, job)}")
    elif change.drift and not change:
        lines.append(
            f"Job {job['ID']} is unchanged, but its allocations are not as wanted:"
            f" {plan.listed(change.drift)}. Set reconcile to true to have Nomad see to it."
        )
    return lines


class NoNamespaceError(UserError):
    """The job's namespace is not there."""


def planned(client: NomadClient, job: Json, observed: Json | None) -> Json:
    """Nomad's plan against what was observed, and nothing newer."""
    try:
        answer = client.plan(live.comparable(job, observed))
    except ApiError as error:
        raise _refusal(job, error) from error
    if (answer.get("JobModifyIndex") or 0) != index_of(observed):
        raise ConflictError(_modified(job["ID"]))
    return answer


def still_unplaceable(client: NomadClient, job: Json, groups: Json) -> Json:
    """What no node can take after a short while: what was stopped just now may free its room."""
    for _left in clock(GRACE if groups else 0):
        if groups:
            groups = dict(client.plan(job).get("FailedTGAllocs") or {})
        if not groups:
            break
    return groups


@dataclass(frozen=True)
class Registration:
    eval_id: str
    index: int
    answer: Json = field(default_factory=dict)
    versions: int = 1  # how many it makes


def applied(
    client: NomadClient, job: Json, change: plan.Change, index: int, beside: Json
) -> Registration:
    """Do what the change asks for. Its tag and its promotion come with the wait."""
    if change.by == plan.REGISTER:
        return registered(client, job, index, beside)
    if change.by == plan.RERUN:
        # Only another version runs what has ended, and only a stop makes one of the same jobspec.
        stop = registered(client, {**job, "Stop": True}, index, beside)
        return replace(registered(client, job, stop.index, beside), versions=2)
    if change.by == plan.EVALUATE:
        answer = client.reconcile(str(job["ID"]))
        return Registration(str(answer.get("EvalID") or ""), index, answer, versions=0)
    return Registration("", index, versions=0)


def registered(client: NomadClient, job: Json, index: int, beside: Json) -> Registration:
    """Register the job if it still has this index, and never twice."""
    try:
        answer = client.register(job, index, beside)
    except UnavailableError:
        found = _arrived(client, job, index)
        if found is None:
            raise
        eval_id = _newest_evaluation(client, job["ID"])
        answer = {"EvalID": eval_id, "JobModifyIndex": index_of(found)}
    except ApiError as error:
        raise _refusal(job, error) from error
    return Registration(str(answer.get("EvalID") or ""), int(answer["JobModifyIndex"]), answer)


def overtaken(registration: Registration, before: Json | None, observed: Json | None) -> str:
    """Whether somebody else registered the job at the same moment, after us or before.

    Servers older than 2.0 compare the index before they queue the write, so that several writers
    may all succeed; the last one stays. Either the one that was overwritten reads a newer index
    back, or the one that overwrote it a version that is higher than its own would be.
    """
    if observed is None:
        return "it was removed by somebody else as soon as it was registered"
    if index_of(observed) > registration.index:
        return "somebody else registered another version right after this one"
    expected = (-1 if before is None else before["Version"]) + registration.versions
    if observed["Version"] <= expected:
        return ""
    job_id, version = observed["ID"], observed["Version"]
    return (
        f"somebody else registered another version while this one was compared, and version {version}"
        f" has taken its place. See what was lost with `nomad job history -p {job_id}`, add it to the"
        " jobspec and run the task again"
    )


def the_same(versions: list[Json], before: Json | None) -> bool:
    """Whether all that was registered since is one and the same job, so that nothing was lost.

    Nomad can make several versions of what several writers register at the same moment. It forgets
    old ones (job_tracked_versions, 6 by default), and then nobody can tell.
    """
    first = -1 if before is None else before["Version"]
    since = [version for version in versions if version["Version"] > first]
    newest = max((version["Version"] for version in since), default=first)
    complete = bool(since) and len(since) == newest - first
    return complete and all(_content(version) == _content(since[0]) for version in since)


def _content(job: Json) -> Json:
    return {key: value for key, value in job.items() if key not in (*_OF_THE_RECORD, *_INDEXES)}


def stopping(params: Json) -> Json:
    """What goes into the query of the request that stops a job."""
    query = {name: "true" for name in ("purge", "no_shutdown_delay") if params[name]}
    if params["eval_priority"] is not None:
        query["eval_priority"] = str(params["eval_priority"])
    return query


def _arrived(client: NomadClient, job: Json, index: int) -> Json | None:
    """The job, where a registration whose answer was lost was carried out all the same."""
    for _left in clock(GRACE):
        observed = client.find_job(job["ID"])
        if index_of(observed) != index:
            same = not plan.decide(job, observed, client.plan(job))
            return observed if same else None
    return None


def _newest_evaluation(client: NomadClient, job_id: str) -> str:
    evaluations, _index = client.evaluations(job_id)
    ours = [e for e in evaluations if e.get("TriggeredBy") == "job-register"]
    return str(max(ours, key=lambda e: e["CreateIndex"])["ID"]) if ours else ""


def _refusal(job: Json, error: ApiError) -> Exception:
    if isinstance(error, UnavailableError):
        return error
    if "Enforcing job modify index" in error.body:
        return ConflictError(_modified(job["ID"]))
    if "nonexistent namespace" in error.body:
        return NoNamespaceError(
            f"namespace: Nomad has no namespace {job.get('Namespace') or 'default'}. Create it, or set"
            " create_namespace to true."
        )
    problems = jobspec.explain_invalid(error.body)
    return UserError(f"Nomad does not accept job {job['ID']}: {problems}.") if problems else error


def _modified(job_id: str) -> str:
    return (
        f"Job {job_id} was modified concurrently: somebody else registered or stopped it while it"
        " was compared. Run the task again to compare with what is there now."
    )
