# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The children of periodic jobs: whether one can be started now, and which one it is."""

from __future__ import annotations

from .._errors import ApiError, FailedError, UserError
from .._wait import clock
from .client import Json, NomadClient
from .submit import GRACE


def check(job_id: str, parent: Json | None) -> None:
    """Refuse what Nomad refuses too, in words that help."""
    if parent is None:
        raise UserError(f"job_id: there is no job {job_id}. Register it first.")
    rules = parent.get("Periodic")
    if not rules:
        raise UserError(
            f"state: job {job_id} is not periodic, so no run of it can be forced. Use nomad_job_dispatch"
            " for a parameterized job, and rerun for a batch job."
        )
    if parent.get("Stop"):
        raise UserError(f"state: job {job_id} is stopped. Register it again first.")
    if not rules.get("Enabled", True):
        raise UserError(f"state: the periodic block of job {job_id} is disabled. Enable it first.")
    if parent.get("ParameterizedJob"):
        raise UserError(
            f"state: job {job_id} is parameterized too, so only its dispatched children are periodic."
            " Name one of them."
        )


def forced(client: NomadClient, job_id: str) -> Json:
    """Start a child: its ID and the evaluation that places it."""
    try:
        eval_id = str(client.force(job_id).get("EvalID") or "")
    except ApiError as error:
        if "can't force run" not in error.body:
            raise
        raise UserError(
            f"state: Nomad's leader does not keep job {job_id} as a periodic one: {error.body.strip()}."
            " Register it again."
        ) from error
    for _left in clock(GRACE):
        evaluation = client.find_evaluation(eval_id)
        if evaluation:
            return {"forced_job_id": str(evaluation["JobID"]), "eval_id": eval_id}
    raise FailedError(
        f"Job {job_id} was forced, but Nomad no longer knows its evaluation {eval_id}, so its child"
        " cannot be told. `nomad job status` lists the children.",
        {"changed": True, "job_id": job_id, "eval_id": eval_id},
    )
