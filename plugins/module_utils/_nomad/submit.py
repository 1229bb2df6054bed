# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Planning and registering a job, with Nomad's refusals put into words."""

from __future__ import annotations

from .._errors import ApiError, ConflictError, UserError
from .._wait import clock
from . import jobspec, plan
from .answers import UnavailableError
from .client import Json, NomadClient

GRACE = 5.0  # seconds in which a stopped job may still free what the new one needs


def index_of(observed: Json | None) -> int:
    """What EnforceIndex compares; 0 is a job that is not there."""
    return int((observed or {}).get("JobModifyIndex") or 0)


def planned(client: NomadClient, job: Json, observed: Json | None) -> Json:
    """Nomad's plan against what was observed, and nothing newer."""
    try:
        answer = client.plan(job)
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


def registered(client: NomadClient, job: Json, index: int) -> str:
    """The ID of the evaluation. The job is changed only if it still has this index."""
    try:
        return str(client.register(job, index).get("EvalID") or "")
    except UnavailableError:
        if _arrived(client, job, index):
            return _newest_evaluation(client, job["ID"])
        raise
    except ApiError as error:
        raise _refusal(job, error) from error


def _arrived(client: NomadClient, job: Json, index: int) -> bool:
    """Whether a registration whose answer was lost was carried out all the same."""
    for _left in clock(GRACE):
        observed = client.find_job(job["ID"])
        if index_of(observed) != index:
            return not plan.decide(job, observed, client.plan(job))
    return False


def _newest_evaluation(client: NomadClient, job_id: str) -> str:
    evaluations, _index = client.evaluations(job_id)
    ours = [e for e in evaluations if e.get("TriggeredBy") == "job-register"]
    return str(max(ours, key=lambda e: e["CreateIndex"])["ID"]) if ours else ""


def _refusal(job: Json, error: ApiError) -> Exception:
    if isinstance(error, UnavailableError):
        return error
    if "Enforcing job modify index" in error.body:
        return ConflictError(_modified(job["ID"]))
    problems = jobspec.explain_invalid(error.body)
    return UserError(f"Nomad does not accept job {job['ID']}: {problems}.") if problems else error


def _modified(job_id: str) -> str:
    return (
        f"Job {job_id} was modified concurrently: somebody else registered or stopped it while it"
        " was compared. Run the task again to compare with what is there now."
    )
