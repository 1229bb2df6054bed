# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job's groups have against what they should have. Pure: the same for plan and for real."""

from __future__ import annotations

import dataclasses
import typing as t

from .shapes import Data


@dataclasses.dataclass
class GroupPlan:
    """C(place): indexes of allocations to make; the rest are allocations."""

    place: list[int] = dataclasses.field(default_factory=list)
    stop: list[Data] = dataclasses.field(default_factory=list)
    destructive: list[Data] = dataclasses.field(default_factory=list)
    in_place: list[Data] = dataclasses.field(default_factory=list)
    ignore: list[Data] = dataclasses.field(default_factory=list)

    def updates(self) -> Data:
        return {
            "Canary": 0,
            "DestructiveUpdate": len(self.destructive),
            "Ignore": len(self.ignore),
            "InPlaceUpdate": len(self.in_place),
            "Migrate": 0,
            "Place": len(self.place),
            "Preemptions": 0,
            "Stop": len(self.stop),
        }


def alive(alloc: Data) -> bool:
    return alloc["DesiredStatus"] == "run" and alloc["ClientStatus"] in ("pending", "running")


def index_of(alloc: Data) -> int:
    return int(alloc["Name"].rpartition("[")[2].rstrip("]"))


def reconcile(
    job: Data | None, allocs: t.Sequence[Data], in_progress: int = 0
) -> dict[str, GroupPlan]:
    """The plan of each group. C(in_progress): updated allocations that are not yet healthy."""
    groups = {g["Name"]: g for g in (job or {}).get("TaskGroups") or []}
    stopped = job is None or job["Stop"]
    plans: dict[str, GroupPlan] = {}
    for name in sorted({*groups, *(a["TaskGroup"] for a in allocs)}):
        own = [a for a in allocs if a["TaskGroup"] == name]
        if stopped or name not in groups:
            plan = GroupPlan(stop=[a for a in own if alive(a)])
            if name in groups or plan.stop:
                plans[name] = plan
        else:
            assert job is not None
            plans[name] = _group(job, groups[name], own, in_progress)
    return plans


def _group(job: Data, group: Data, allocs: list[Data], in_progress: int) -> GroupPlan:
    plan = GroupPlan()
    live = sorted((a for a in allocs if alive(a)), key=index_of)
    own = [a for a in allocs if a["Job"]["CreateIndex"] == job["CreateIndex"]]
    done = [a for a in own if job["Type"] == "batch" and _finished(a)]
    current = [a for a in done if _same_version(a, job)]
    plan.ignore.extend(done)
    keep = max(0, group["Count"] - len(current))
    plan.stop = live[keep:]
    _update(plan, job, group, live[:keep], in_progress)
    taken = {index_of(a) for a in [*live[:keep], *current]}
    waiting = {index_of(a) for a in allocs if a.get("_waiting")}
    missing = [i for i in range(group["Count"]) if i not in taken]
    plan.place = [i for i in missing if i not in waiting]
    return plan


def _finished(alloc: Data) -> bool:
    """A batch allocation that ran to its end, well or for good badly, stays as it is."""
    if alloc["DesiredStatus"] != "run" or alloc.get("NextAllocation") or alloc.get("_replace"):
        return False
    return alloc["ClientStatus"] in ("complete", "failed")


def _same_version(alloc: Data, job: Data) -> bool:
    own = alloc["Job"]
    return own["Version"] == job["Version"] and own["CreateIndex"] == job["CreateIndex"]


def _update(plan: GroupPlan, job: Data, group: Data, live: list[Data], in_progress: int) -> None:
    limit = len(live)
    if group["Update"] and group["Update"]["MaxParallel"]:
        limit = max(0, group["Update"]["MaxParallel"] - in_progress)
    for alloc in live:
        if _same_version(alloc, job):
            plan.ignore.append(alloc)
        elif not tasks_updated(alloc["Job"], job, group["Name"]):
            plan.in_place.append(alloc)
        elif len(plan.destructive) < limit:
            plan.destructive.append(alloc)
        else:
            plan.ignore.append(alloc)


def tasks_updated(old: Data, new: Data, name: str) -> bool:
    """Whether a change needs new containers."""
    before, after = (next((g for g in j["TaskGroups"] if g["Name"] == name), None)
                     for j in (old, new))  # fmt: skip
    if before is None or after is None or old["Spreads"] != new["Spreads"]:
        return True
    if any(before[k] != after[k] for k in ("Spreads", "EphemeralDisk", "Networks", "Volumes")):
        return True
    if len(before["Tasks"]) != len(after["Tasks"]):
        return True
    tasks = {x["Name"]: x for x in before["Tasks"]}
    return any(
        task["Name"] not in tasks
        or _essence(tasks[task["Name"]], before, old) != _essence(task, after, new)
        for task in after["Tasks"]
    )


def _essence(task: Data, group: Data, job: Data) -> Data:
    meta = {**(job["Meta"] or {}), **(group["Meta"] or {}), **(task["Meta"] or {})}
    keys = ("Driver", "User", "Config", "Env", "Resources", "DispatchPayload", "VolumeMounts")
    return {**{k: task[k] for k in keys}, "Meta": meta, "Logs": task["LogConfig"]["Disabled"]}
