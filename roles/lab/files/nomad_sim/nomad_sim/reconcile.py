# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job's groups have against what they should have. Pure: the same for plan and for real."""

from __future__ import annotations

import dataclasses
import typing as t

from .shapes import Data


@dataclasses.dataclass
class GroupPlan:
    """C(place) and C(canaries): indexes of allocations to make; the rest are allocations."""

    place: list[int] = dataclasses.field(default_factory=list)
    canaries: list[int] = dataclasses.field(default_factory=list)
    stop: list[Data] = dataclasses.field(default_factory=list)
    destructive: list[Data] = dataclasses.field(default_factory=list)
    in_place: list[Data] = dataclasses.field(default_factory=list)
    ignore: list[Data] = dataclasses.field(default_factory=list)

    def updates(self) -> Data:
        return {
            "Canary": len(self.canaries),
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
    job: Data | None, allocs: t.Sequence[Data], latest: Data | None = None
) -> dict[str, GroupPlan]:
    """The plan of each group. C(latest): the job's last deployment, perhaps of another version."""
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
            plans[name] = _group(job, groups[name], own, _current(job, latest), allocs)
    return plans


def _current(job: Data, latest: Data | None) -> Data | None:
    """The deployment of just this version."""
    if latest is None or latest["JobCreateIndex"] != job["CreateIndex"]:
        return None
    return latest if latest["JobVersion"] == job["Version"] else None


def _group(
    job: Data, group: Data, allocs: list[Data], current: Data | None, everything: t.Sequence[Data]
) -> GroupPlan:
    plan = GroupPlan()
    live = sorted((a for a in allocs if alive(a)), key=index_of)
    live = _without_canaries(plan, job, group, live, current)
    own = [a for a in allocs if a["Job"]["CreateIndex"] == job["CreateIndex"]]
    done = [a for a in own if job["Type"] == "batch" and _finished(a)]
    past = [a for a in done if _same_version(a, job)]
    plan.ignore.extend(done)
    keep = max(0, group["Count"] - len(past))
    plan.stop.extend(live[keep:])
    held = plan.canaries or (current is not None and current["Status"] in ("failed", "paused"))
    waiting_for = _unpromoted(group, current)
    _update(plan, job, group, live[:keep], 0 if held or waiting_for else
            _limit(group, live, current, everything))  # fmt: skip
    taken = {index_of(a) for a in [*live[:keep], *past]}
    waiting = {index_of(a) for a in allocs if a.get("_waiting")}
    missing = [i for i in range(group["Count"]) if i not in taken]
    paused = current is not None and current["Status"] == "paused"
    blocked = paused or waiting_for or plan.canaries
    plan.place = [] if blocked else [i for i in missing if i not in waiting]
    return plan


def _unpromoted(group: Data, current: Data | None) -> bool:
    state = (current or {}).get("TaskGroups", {}).get(group["Name"]) or {}
    return bool(state.get("DesiredCanaries")) and not state["Promoted"]


def _without_canaries(
    plan: GroupPlan, job: Data, group: Data, live: list[Data], current: Data | None
) -> list[Data]:
    """Stop what is left of canaries, plan those that are missing; the allocations that count."""
    failed = current is not None and current["Status"] == "failed"
    canaries = [a for a in live if a.get("_canary")]
    good = [a for a in canaries if _same_version(a, job) and not failed]
    plan.stop.extend(a for a in canaries if a not in good)
    plan.ignore.extend(good)
    rest = [a for a in live if a not in canaries]
    new = {index_of(a) for a in rest if _same_version(a, job)}
    # Beside a canary that was promoted nothing old of its name goes on.
    double = [a for a in rest if not _same_version(a, job) and index_of(a) in new]
    plan.stop.extend(double)
    rest = [a for a in rest if a not in double]
    old = any(
        not _same_version(a, job) and tasks_updated(a["Job"], job, group["Name"]) for a in rest
    )
    wanted = (group["Update"] or {}).get("Canary") or 0
    state = (current or {}).get("TaskGroups", {}).get(group["Name"]) or {}
    if wanted and old and not state.get("Promoted") and (current or {}).get("Status") in (
        None, "running"
    ):  # fmt: skip
        taken = {index_of(a) for a in good}
        free = [i for i in range(max(group["Count"], wanted)) if i not in taken]
        plan.canaries = free[: max(0, wanted - len(good))]
    return rest


def _limit(
    group: Data, live: list[Data], current: Data | None, everything: t.Sequence[Data]
) -> int:
    """How many may be replaced at once; what is not healthy yet counts."""
    if not (group["Update"] and group["Update"]["MaxParallel"]):
        return len(live)
    if current is None or current["Status"] != "running":
        return int(group["Update"]["MaxParallel"])
    own = [a for a in everything if a.get("DeploymentID") == current["ID"] and alive(a)]
    pending = sum(1 for a in own if not (a.get("DeploymentStatus") or {}).get("Healthy"))
    return max(0, int(group["Update"]["MaxParallel"]) - pending)


def _finished(alloc: Data) -> bool:
    """A batch allocation that ran to its end, well or for good badly, stays as it is."""
    if alloc["DesiredStatus"] != "run" or alloc.get("NextAllocation") or alloc.get("_replace"):
        return False
    return alloc["ClientStatus"] in ("complete", "failed")


def _same_version(alloc: Data, job: Data) -> bool:
    own = alloc["Job"]
    return own["Version"] == job["Version"] and own["CreateIndex"] == job["CreateIndex"]


def _update(plan: GroupPlan, job: Data, group: Data, live: list[Data], limit: int) -> None:
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
