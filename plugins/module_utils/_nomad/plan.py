# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether a job would change: Nomad's plan, and what the plan leaves out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

Json = t.Dict[str, t.Any]

# How a change is made. A new version is registered, or the same one after a stop, which runs what
# has ended; or the scheduler, or the wait, or a tag does something about the version that is there.
REGISTER, RERUN, EVALUATE, PROMOTE, TAG = "register", "rerun", "evaluate", "promote", "tag"
# What Nomad does to allocations only when their job changed. Newer servers know more kinds.
_UPDATES = ("InPlaceUpdate", "DestructiveUpdate", "Canary")
UPDATES = "the plan updates allocations"
# What it also does when only the allocations differ from what an unchanged job wants.
_DRIFT = ("Place", "Stop", "Migrate")


@dataclass(frozen=True)
class Change:
    """What is done about a job, and why. C(reasons) are empty where nothing is."""

    reasons: tuple[str, ...] = ()
    drift: Json = field(default_factory=dict)
    unplaceable: Json = field(default_factory=dict)
    by: str = REGISTER

    def __bool__(self) -> bool:
        return bool(self.reasons)


def decide(job: Json, observed: Json | None, plan: Json) -> Change:
    """Compare by everything that tells: no signal of the server's is enough alone."""
    reasons = []
    if observed is None:
        reasons.append("the job is not registered")
    elif observed.get("Stop"):
        reasons.append("the job is stopped")
    hollow = _hollow(job, observed or {}, plan.get("Diff") or {})
    if (plan.get("Diff") or {}).get("Type", "None") != "None" and not hollow:
        reasons.append("the plan has a diff")
    # With a hollow diff the plan is that of another version, which updates whatever runs.
    if _totals(plan, _UPDATES) and not hollow:
        reasons.append(UPDATES)
    reasons += [f"{name} differ" for name in forgotten(job, observed or {})] if observed else []
    return Change(
        reasons=tuple(reasons),
        drift={} if reasons or only_children_run(job) else _drift(job, plan),
        unplaceable=dict(plan.get("FailedTGAllocs") or {}),
    )


def awaits_scheduler(observed: Json, evaluations: list[Json]) -> bool:
    """Whether the scheduler has yet to look at the registration that is there."""
    index = observed.get("JobModifyIndex")
    return any(e["Status"] == "pending" and e.get("JobModifyIndex") == index for e in evaluations)


def only_children_run(job: Json) -> bool:
    """Periodic and parameterized jobs are templates; the plan speaks of what a child would do."""
    return _is(job, "Periodic") or _is(job, "ParameterizedJob")


def _is(job: Json, block: str) -> bool:
    """An empty block is one too."""
    return job.get(block) is not None


def listed(drift: Json) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in drift.items())


def _drift(job: Json, plan: Json) -> Json:
    found = _totals(plan, (*_DRIFT, "Ignore"))
    ignored = found.pop("Ignore", 0)
    if _type(job) in ("system", "sysbatch") and found.get("Place", 0) <= ignored:
        # Nomad 2.0 counts each allocation of a healthy system job as one to place, too.
        found.pop("Place", None)
    return found


def _totals(plan: Json, kinds: t.Iterable[str]) -> Json:
    groups = ((plan.get("Annotations") or {}).get("DesiredTGUpdates") or {}).values()
    totals = {kind: sum(group.get(kind) or 0 for group in groups) for kind in kinds}
    return {kind: count for kind, count in totals.items() if count}


def forgotten(job: Json, observed: Json) -> dict[str, tuple[t.Any, t.Any]]:
    """What differs in the parts that Nomad's own diff never looks at: old and new value."""
    before, after = _spreads(observed.get("Spreads")), _spreads(job.get("Spreads"))
    return {} if before == after else {"Spreads": (before, after)}


def _hollow(job: Json, observed: Json, diff: Json) -> bool:
    """Whether a diff only says that policies of scaling are edited, while they are the same.

    Nomad compares a policy as it is in memory, where blocks have another type than those that it
    keeps, and then finds no field to name.
    """
    if diff.get("Type") != "Edited" or diff.get("Fields") or diff.get("Objects"):
        return False
    edited = [g for g in diff.get("TaskGroups") or [] if g.get("Type", "None") != "None"]
    if not edited or not all(map(_only_scaling, edited)):
        return False
    before, after = _scaling(observed), _scaling(job)
    return all(before.get(g["Name"]) == after.get(g["Name"]) for g in edited)


def _only_scaling(group: Json) -> bool:
    tasks = [task for task in group.get("Tasks") or [] if task.get("Type", "None") != "None"]
    empty = {"Name": "Scaling", "Type": "Edited"}
    found = [{k: v for k, v in entry.items() if v} for entry in group.get("Objects") or []]
    return group["Type"] == "Edited" and found == [empty] and not tasks and not group.get("Fields")


def _scaling(job: Json) -> dict[str, Json]:
    """What the diff does not compare by fields, by group; Min, Max and Enabled it does."""
    return {
        group["Name"]: {
            "Type": found.get("Type") or "horizontal",
            "Policy": found.get("Policy") or {},
            "Target": {
                "Namespace": job.get("Namespace") or "default",
                "Job": job["ID"],
                "Group": group["Name"],
                **(found.get("Target") or {}),
            },
        }
        for group in job.get("TaskGroups") or []
        for found in [group.get("Scaling") or {}]
    }


def _spreads(spreads: list[Json] | None) -> list[Json]:
    return [
        {
            "Attribute": spread.get("Attribute") or "",
            "Weight": 50 if spread.get("Weight") is None else spread["Weight"],
            "SpreadTarget": [
                {"Value": target.get("Value") or "", "Percent": target.get("Percent") or 0}
                for target in spread.get("SpreadTarget") or []
            ],
        }
        for spread in spreads or []
    ]


def forbidden_transition(job: Json, observed: Json | None) -> str:
    """Why Nomad would refuse to register this over what is there; its plan does not tell."""
    if observed is None:
        return ""
    old_type, new_type = _type(observed), _type(job)
    if old_type != new_type:
        return f"Nomad cannot change its type from {old_type} to {new_type}"
    for key, word in (("Periodic", "periodic"), ("ParameterizedJob", "parameterized")):
        was, will = _is(observed, key), _is(job, key)
        if was != will:
            return f"Nomad cannot make it {word if will else 'one that is not ' + word}"
    return ""


def _type(job: Json) -> str:
    return str(job.get("Type") or "service")
