# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What C(nomad_job) returns of a job: described, read back, and compared in a diff."""

from __future__ import annotations

import typing as t

from . import annotate, placement, plan
from .secrets import Secrets

Json = t.Dict[str, t.Any]


def described(
    secrets: Secrets, job: Json, observed: Json | None, planned: Json, change: plan.Change
) -> Json:
    shown = secrets.plan(planned)
    result: Json = {
        "changed": bool(change),
        "job_id": job["ID"],
        "namespace": job.get("Namespace") or (observed or {}).get("Namespace") or "default",
        "eval_id": "",
        "deployment": None,
        "allocations": [],
        "plan": shown,
        "result": shown,
        "reasons": list(change.reasons),
        "drift": change.drift,
        **read_back(secrets, observed),
    }
    if planned.get("NextPeriodicLaunch"):
        result["next_periodic_launch"] = planned["NextPeriodicLaunch"]
    return result


def annotated(job: Json, observed: Json | None, shown: Json, change: plan.Change) -> str:
    forgotten = plan.forgotten(job, observed) if observed else {}
    problem = placement.unplaceable(change.unplaceable, job) if change.unplaceable else ""
    why = "" if change.by == plan.REGISTER else "".join(f"- {r}\n" for r in change.reasons)
    return annotate.annotated(shown, forgotten, problem) + why


def read_back(secrets: Secrets, observed: Json | None) -> Json:
    if observed is None:
        return {"job": {}}
    return {
        "job": secrets.job(observed),
        "version": observed["Version"],
        "modify_index": observed["JobModifyIndex"],
    }


def standing(observed: Json | None, after: bool, purge: bool = False) -> Json | None:
    if observed is None or (after and purge):
        return None
    return {"job": observed["ID"], "stopped": after or bool(observed.get("Stop"))}
