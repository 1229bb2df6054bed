# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why no node takes a job, in words: the scheduler's metrics, and what they leave open."""

from __future__ import annotations

import typing as t

Json = t.Dict[str, t.Any]


def unplaceable(groups: Json, job: Json) -> str:
    """One sentence out of the scheduler's metrics of each group that it could not place."""
    wanted = {group["Name"]: group for group in job.get("TaskGroups") or []}
    parts = [
        f"group {name}: {_metric(metric, job, wanted.get(name) or {})}"
        for name, metric in sorted(groups.items())
    ]
    return f"no node can take it ({'; '.join(parts)})" if parts else "no node can take it"


def _metric(metric: Json, job: Json, group: Json) -> str:
    reasons = [*_exhausted(metric), *_filtered(metric, job, group), *_quota(metric)]
    return ", ".join(reasons) or _no_nodes(metric)


def _exhausted(metric: Json) -> t.Iterator[str]:
    asked = _asked(metric.get("ResourcesExhausted") or {})
    for dimension, nodes in sorted((metric.get("DimensionExhausted") or {}).items()):
        yield f"not enough {dimension}{asked.get(dimension, '')} on {nodes} node(s)"
    for node_class, nodes in sorted((metric.get("ClassExhausted") or {}).items()):
        yield f"nodes of class {node_class} exhausted: {nodes}"


def _asked(tasks: Json) -> dict[str, str]:
    memory = sum(task.get("MemoryMB") or 0 for task in tasks.values())
    cpu = sum(task.get("CPU") or 0 for task in tasks.values())
    return {
        "memory": f" ({memory} MiB asked for)" if memory else "",
        "cpu": f" ({cpu} MHz asked for)" if cpu else "",
    }


def _filtered(metric: Json, job: Json, group: Json) -> t.Iterator[str]:
    for constraint, nodes in sorted((metric.get("ConstraintFiltered") or {}).items()):
        names = ", ".join(dict.fromkeys(_left_open(constraint, job, group)))
        yield f"constraint {constraint}{names and f' ({names})'} excludes {nodes} node(s)"
    for node_class, nodes in sorted((metric.get("ClassFiltered") or {}).items()):
        yield f"nodes of class {node_class} filtered: {nodes}"


def _left_open(constraint: str, job: Json, group: Json) -> t.Iterator[str]:
    """What the group asks for, where the scheduler's word for it names nothing."""
    if constraint == "missing drivers":
        yield from _drivers(group)
    elif constraint == "missing compatible host volumes":
        yield from _host_volumes(group)
    elif constraint == "missing devices":
        yield from _devices(group)
    elif constraint == "missing network":
        yield from (str(network.get("Mode")) for network in group.get("Networks") or [])
    elif constraint == "computed class ineligible":
        # So it says of all nodes that are like one that was looked at already.
        yield from _constraints(job, group)
        yield from (f"driver {name}" for name in _drivers(group))
        yield from (f"host volume {name}" for name in _host_volumes(group))
        yield from (f"device {name}" for name in _devices(group))


def _tasks(group: Json) -> list[Json]:
    return group.get("Tasks") or []


def _drivers(group: Json) -> t.Iterator[str]:
    return (str(task.get("Driver")) for task in _tasks(group))


def _host_volumes(group: Json) -> t.Iterator[str]:
    for _name, volume in sorted((group.get("Volumes") or {}).items()):
        if volume.get("Type") == "host":
            yield str(volume.get("Source"))


def _devices(group: Json) -> t.Iterator[str]:
    for task in _tasks(group):
        for device in (task.get("Resources") or {}).get("Devices") or []:
            yield str(device.get("Name"))


def _constraints(job: Json, group: Json) -> t.Iterator[str]:
    """As the scheduler writes them, without those that speak of other allocations."""
    for owner in (job, group, *_tasks(group)):
        for found in owner.get("Constraints") or []:
            operand = str(found.get("Operand") or "=")
            if not operand.startswith("distinct_"):
                parts = (found.get("LTarget"), operand, found.get("RTarget"))
                yield " ".join(str(part) for part in parts if part)


def _quota(metric: Json) -> t.Iterator[str]:
    for dimension in metric.get("QuotaExhausted") or []:
        yield f"quota exhausted: {dimension}"


def _no_nodes(metric: Json) -> str:
    available = metric.get("NodesAvailable") or {}
    if not metric.get("NodesEvaluated"):
        places = ", ".join(f"{name}: {count}" for name, count in sorted(available.items()))
        return f"no node is eligible in its datacenters and node pool ({places or 'none ready'})"
    return f"{metric['NodesEvaluated']} node(s) were looked at, none fits"
