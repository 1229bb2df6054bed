# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One run of a job that others are started from: its child, waited for as the options say."""

from __future__ import annotations

from dataclasses import dataclass

from .._errors import FailedError
from . import dispatch, wait, watch
from .client import Json, NomadClient


@dataclass(frozen=True)
class Run:
    """What was seen of a child last. C(end) is how it ended, C(error) why that is no success."""

    seen: wait.Seen
    end: Json
    error: FailedError | None


def awaited(client: NomadClient, child_id: str, params: Json, result: Json) -> Run:
    """C(result) is what is known already, and goes into the error."""
    job = client.find_job(child_id)
    if job is None:
        raise FailedError(
            f"Job {child_id} is gone: somebody removed it, or Nomad collected it.", result
        )
    aim, goal = wait.target(job, result["eval_id"]), params["wait_for"]
    patience = watch.Patience.of(params)
    verdict, seen = watch.until(client, goal, aim, patience)
    end = dispatch.ended(seen.allocations)
    if verdict.outcome == wait.DONE:
        return Run(seen, end, None)
    error = watch.failure(client, aim, goal, verdict, seen, patience)
    return Run(seen, end, type(error)(str(error), {**error.details, **result, **end}))
