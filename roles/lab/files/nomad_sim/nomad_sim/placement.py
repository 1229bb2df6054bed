# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the one node can take an allocation, and what is said when it cannot."""

from __future__ import annotations

import dataclasses
import fnmatch
import re
import typing as t

from . import ports
from .errors import NotSimulated
from .reconcile import alive
from .shapes import Data

NO_METRIC: Data = {
    "AllocationTime": 0, "ClassExhausted": None, "ClassFiltered": None, "CoalescedFailures": 0,
    "ConstraintFiltered": None, "DimensionExhausted": None, "NodesAvailable": {},
    "NodesEvaluated": 0, "NodesExhausted": 0, "NodesFiltered": 0, "NodesInPool": 0,
    "QuotaExhausted": None, "ResourcesExhausted": None, "ScoreMetaData": None, "Scores": None,
}  # fmt: skip
NO_VOLUMES = "missing compatible host volumes"
NO_RESOURCES: Data = {
    "CPU": 0, "Cores": 0, "Devices": None, "DiskMB": 0, "IOPS": 0, "MemoryMB": 0,
    "MemoryMaxMB": 0, "Networks": None,
}  # fmt: skip
SCORES = ("binpack", "job-anti-affinity", "node-affinity", "node-reschedule-penalty")


@dataclasses.dataclass
class Verdict:
    fits: bool
    metric: Data
    eligible: bool | None


def examine(job: Data, group: Data, node: Data, allocs: t.Iterable[Data]) -> Verdict:
    metric: Data = dict(NO_METRIC, AllocationTime=1)
    ready = node["Status"] == "ready" and node["SchedulingEligibility"] == "eligible"
    in_pool = job["NodePool"] in (node["NodePool"], "all")
    in_dc = any(fnmatch.fnmatchcase(node["Datacenter"], d) for d in job["Datacenters"])
    if not (ready and in_pool and in_dc):
        return Verdict(False, metric, None)
    metric.update(NodesAvailable={node["Datacenter"]: 1}, NodesEvaluated=1, NodesInPool=1)
    failed = _first_failed(job, group, node)
    if failed is not None:
        metric.update(NodesFiltered=1, ConstraintFiltered={failed: 1})
        # Volumes do not belong to the node's class: another node of it may have them.
        return Verdict(False, metric, failed == NO_VOLUMES)
    allocs = list(allocs)
    clash = ports.collision(group, allocs)
    if clash:
        asked = {x["Name"]: NO_RESOURCES for x in group["Tasks"]}
        metric.update(NodesExhausted=1, DimensionExhausted={clash: 1}, ResourcesExhausted=asked)
        return Verdict(False, metric, True)
    short = _dimension(group, node, allocs)
    if short:
        key = {"cpu": "CPU", "memory": "MemoryMB", "disk": "DiskMB"}[short]
        asked = {x["Name"]: {**NO_RESOURCES, key: x["Resources"][key]} for x in group["Tasks"]}
        metric.update(NodesExhausted=1, DimensionExhausted={short: 1}, ResourcesExhausted=asked)
        return Verdict(False, metric, True)
    scores = dict.fromkeys(SCORES, 0.0)
    metric["ScoreMetaData"] = [{"NodeID": node["ID"], "NormScore": 0.0, "Scores": scores}]
    return Verdict(True, metric, True)


def total(group: Data) -> dict[str, int]:
    tasks = group["Tasks"]
    return {
        "cpu": sum(x["Resources"]["CPU"] for x in tasks),
        "memory": sum(x["Resources"]["MemoryMB"] for x in tasks),
        "disk": group["EphemeralDisk"]["SizeMB"],
    }


def group_of(alloc: Data) -> Data:
    return next(g for g in alloc["Job"]["TaskGroups"] if g["Name"] == alloc["TaskGroup"])


def used(allocs: t.Iterable[Data]) -> dict[str, int]:
    found = {"cpu": 0, "memory": 0, "disk": 0}
    for alloc in allocs:
        if alive(alloc):
            for key, value in total(group_of(alloc)).items():
                found[key] += value
    return found


def capacity(node: Data) -> dict[str, int]:
    has, kept = node["NodeResources"], node["ReservedResources"]
    return {
        "cpu": has["Cpu"]["CpuShares"] - kept["Cpu"]["CpuShares"],
        "memory": has["Memory"]["MemoryMB"] - kept["Memory"]["MemoryMB"],
        "disk": has["Disk"]["DiskMB"] - kept["Disk"]["DiskMB"],
    }


def _dimension(group: Data, node: Data, allocs: list[Data]) -> str | None:
    taken, limit, asked = used(allocs), capacity(node), total(group)
    return next((k for k in ("cpu", "memory", "disk") if taken[k] + asked[k] > limit[k]), None)


def _first_failed(job: Data, group: Data, node: Data) -> str | None:
    found = [*(job["Constraints"] or []), *(group["Constraints"] or [])]
    for task in group["Tasks"]:
        found.extend(task["Constraints"] or [])
    for one in found:
        if not _holds(one, node):
            return f"{one['LTarget']} {one['Operand']} {one['RTarget']}"
    drivers = {x["Driver"] for x in group["Tasks"]}
    missing = sorted(d for d in drivers if not node["Drivers"].get(d, {}).get("Healthy"))
    if missing:
        return "missing drivers"
    return None if has_volumes(group, node) else NO_VOLUMES


def has_volumes(group: Data, node: Data) -> bool:
    """Each by its name, and one that the node gives for reading only to none that would write."""
    offered = node["HostVolumes"] or {}
    for asked in (group["Volumes"] or {}).values():
        volume = offered.get(asked["Source"])
        if volume is None or (volume["ReadOnly"] and not asked["ReadOnly"]):
            return False
    return True


def resolve(target: str, node: Data) -> str | None:
    """What ${attr.x}, ${meta.x} and ${node.x} mean on this node; other text is itself."""
    found = re.fullmatch(r"\$\{(attr|meta|node)\.(.+)\}", target)
    if not found:
        return target
    if found[1] == "attr":
        return node["Attributes"].get(found[2])
    if found[1] == "meta":
        return node["Meta"].get(found[2])
    names = {
        "unique.id": node["ID"], "unique.name": node["Name"], "datacenter": node["Datacenter"],
        "class": node["NodeClass"], "pool": node["NodePool"], "region": "global",
    }  # fmt: skip
    return names.get(found[2])


def _holds(constraint: Data, node: Data) -> bool:
    left, right = (resolve(constraint[k], node) for k in ("LTarget", "RTarget"))
    operand = constraint["Operand"] or "="
    if operand in ("!=", "not"):
        return left != right
    if left is None or right is None:
        return False
    test = TESTS.get(operand)
    if test is None:
        raise NotSimulated(f"constraint operator {operand}")
    return test(left, right)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(x) for x in re.findall(r"\d+", version.partition("-")[0])[:3])


def _version(left: str, right: str) -> bool:
    found = re.fullmatch(r"\s*(>=|<=|>|<|=)?\s*([\d.]+)", right)
    if not found:
        raise NotSimulated(f"version constraint {right}")
    one, other = _numbers(left), _numbers(found[2])
    return {
        ">=": one >= other, "<=": one <= other, ">": one > other, "<": one < other,
        "=": one == other,
    }[found[1] or "="]  # fmt: skip


TESTS: dict[str, t.Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "is": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "regexp": lambda a, b: bool(re.search(b, a)),
    "semver": _version,
    "version": _version,
    "set_contains": lambda a, b: set(b.split(",")) <= set(a.split(",")),
    "set_contains_all": lambda a, b: set(b.split(",")) <= set(a.split(",")),
    "set_contains_any": lambda a, b: bool(set(b.split(",")) & set(a.split(","))),
}
