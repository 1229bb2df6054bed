# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan says of groups that would find no place, and the evaluation that waits for them."""

from __future__ import annotations

import typing as t

from . import records
from .placement import examine
from .reconcile import GroupPlan
from .shapes import Data
from .store import Store


def blocked_evaluation(
    job: Data, previous: str, failed: dict[str, Data], node: Data, index: int
) -> Data:
    made = records.evaluation(
        job,
        "queued-allocs",
        index,
        Status="blocked",
        StatusDescription="created to place remaining allocations",
        PreviousEval=previous,
        FailedTGAllocs={name: records.public(metric) for name, metric in failed.items()},
    )
    known = [m["_eligible"] for m in failed.values() if m["_eligible"] is not None]
    if known:
        made["ClassEligibility"] = {node["ComputedClass"]: all(known)}
    return made


def plan_metrics(job: Data, store: Store, plans: t.Mapping[str, GroupPlan]) -> dict[str, Data]:
    """Which groups of a job that is only planned would find no place."""
    failed: dict[str, Data] = {}
    for name, plan in plans.items():
        if plan.place or plan.canaries or plan.destructive:
            group = next(g for g in job["TaskGroups"] if g["Name"] == name)
            verdict = examine(job, group, store.node(), _without(store, plan))
            if not verdict.fits:
                failed[name] = {**verdict.metric, "_eligible": verdict.eligible}
    return failed


def _without(store: Store, plan: GroupPlan) -> list[Data]:
    gone = {a["ID"] for a in [*plan.stop, *plan.destructive]}
    return [a for a in store.allocs.values() if a["ID"] not in gone]
