# SPDX-License-Identifier: GPL-3.0-or-later
"""New evaluations, allocations and deployments, and the short forms that lists show."""

from __future__ import annotations

import copy
import datetime
import typing as t

from . import ports
from .placement import NO_RESOURCES
from .shapes import SECOND, Data, words
from .store import new_id, now

STUB = words(
    "ClientDescription ClientStatus CreateIndex CreateTime DeploymentStatus DesiredDescription "
    "DesiredStatus DesiredTransition EvalID FollowupEvalID ID JobID ModifyIndex ModifyTime Name "
    "Namespace NextAllocation NodeID NodeName PreemptedAllocations PreemptedByAllocation "
    "RescheduleTracker TaskGroup TaskStates"
)
EMPTY_STUB: Data = {
    "DeploymentStatus": None, "DesiredDescription": "", "FollowupEvalID": "",
    "NextAllocation": "", "PreemptedAllocations": None, "PreemptedByAllocation": "",
    "RescheduleTracker": None, "TaskStates": None,
}  # fmt: skip
NO_TRANSITION = dict.fromkeys(("ForceReschedule", "Migrate", "NoShutdownDelay", "Reschedule"))


def rfc3339(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, SECOND)
    stamp = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{rest:09d}".rstrip("0").rstrip(".") + "Z"


def evaluation(job: Data, trigger: str, index: int, **more: t.Any) -> Data:
    stamp = now()
    return {
        "CreateIndex": index,
        "CreateTime": stamp,
        "ID": new_id(),
        "JobID": job["ID"],
        "JobModifyIndex": job["JobModifyIndex"],
        "ModifyIndex": index,
        "ModifyTime": stamp,
        "Namespace": job["Namespace"],
        "Priority": job["Priority"],
        "Status": "pending",
        "TriggeredBy": trigger,
        "Type": job["Type"],
        **more,
    }


def allocation(job: Data, group: Data, number: int, node: Data, eval_id: str, metric: Data,
               index: int, used: set[int]) -> Data:  # fmt: skip
    """C(used): the ports of the node that are taken."""
    stamp = now()
    limits = node["NodeResources"]["MinDynamicPort"], node["NodeResources"]["MaxDynamicPort"]
    address = node["Attributes"]["unique.network.ip-address"]
    networks, given = ports.offer(group, address, limits, used)
    tasks = group["Tasks"]
    shared = {"DiskMB": group["EphemeralDisk"]["SizeMB"], "Networks": networks}
    summed = {key: sum(x["Resources"][key] for x in tasks) for key in ("CPU", "Cores", "MemoryMB")}
    return {
        "AllocModifyIndex": index,
        "AllocatedResources": _granted(tasks, {**shared, "Ports": given}),
        "ClientStatus": "pending",
        "CreateIndex": index,
        "CreateTime": stamp,
        "DesiredStatus": "run",
        "EvalID": eval_id,
        "ID": new_id(),
        "Job": copy.deepcopy(job),
        "JobID": job["ID"],
        "Metrics": metric,
        "ModifyIndex": index,
        "ModifyTime": stamp,
        "Name": f"{job['ID']}.{group['Name']}[{number}]",
        "Namespace": job["Namespace"],
        "NodeID": node["ID"],
        "NodeName": node["Name"],
        "Resources": {
            **NO_RESOURCES,
            **summed,
            **shared,
            "MemoryMaxMB": summed["MemoryMB"],
        },
        "SharedResources": {**NO_RESOURCES, **shared},
        "SigningKeyID": node["_signing_key"],
        "TaskGroup": group["Name"],
        "TaskResources": {x["Name"]: x["Resources"] for x in tasks},
    }


def _granted(tasks: list[Data], shared: Data) -> Data:
    return {
        "Shared": shared,
        "TaskLifecycles": {x["Name"]: None for x in tasks},
        "Tasks": {x["Name"]: _allocated(x["Resources"]) for x in tasks},
    }


def _allocated(resources: Data) -> Data:
    return {
        "Cpu": {"CpuShares": resources["CPU"], "ReservedCores": None},
        "Devices": None,
        "Memory": {
            "MemoryMB": resources["MemoryMB"],
            "MemoryMaxMB": resources["MemoryMaxMB"] or 0,
        },
        "Networks": None,
    }


def public(data: Data) -> Data:
    """Without what the simulator notes for itself."""
    return {k: v for k, v in data.items() if not k.startswith("_")}


def stub(alloc: Data) -> Data:
    row = {**EMPTY_STUB, "DesiredTransition": dict(NO_TRANSITION), "ClientDescription": ""}
    row.update({k: alloc[k] for k in STUB if k in alloc})
    return {**row, "JobType": alloc["Job"]["Type"], "JobVersion": alloc["Job"]["Version"]}


def deployment(job: Data, index: int, canaries: t.Mapping[str, int]) -> Data:
    """C(canaries): how many each group that has some is to have."""
    groups = [g for g in job["TaskGroups"] if g["Update"] and g["Update"]["MaxParallel"]]
    return {
        "CreateIndex": index,
        "EvalPriority": job["Priority"],
        "ID": new_id(),
        "IsMultiregion": False,
        "JobCreateIndex": job["CreateIndex"],
        "JobID": job["ID"],
        "JobModifyIndex": job["ModifyIndex"],
        "JobSpecModifyIndex": job["JobModifyIndex"],
        "JobVersion": job["Version"],
        "ModifyIndex": index,
        "Namespace": job["Namespace"],
        "Status": "running",
        "StatusDescription": "Deployment is running but requires manual promotion"
        if canaries
        else "Deployment is running",
        "TaskGroups": {g["Name"]: _deployment_group(g, canaries.get(g["Name"], 0)) for g in groups},
    }


def _deployment_group(group: Data, canaries: int) -> Data:
    deadline = group["Update"]["ProgressDeadline"]
    return {
        "AutoPromote": False,
        "AutoRevert": False,
        "DesiredCanaries": canaries,
        "DesiredTotal": group["Count"],
        "HealthyAllocs": 0,
        "PlacedAllocs": 0,
        "PlacedCanaries": None,
        "ProgressDeadline": deadline,
        "Promoted": False,
        "RequireProgressBy": rfc3339(now() + deadline) if deadline else None,
        "UnhealthyAllocs": 0,
    }


def summary(job: Data, allocs: list[Data], evals: list[Data], children: list[Data]) -> Data:
    own = [e for e in evals if "QueuedAllocations" in e and e["CreateIndex"] >= job["CreateIndex"]]
    latest = max(own, key=lambda e: e["ModifyIndex"], default={})
    allocs = [a for a in allocs if a["Job"]["CreateIndex"] == job["CreateIndex"]]
    queued = latest.get("QueuedAllocations") or {}
    names = [g["Name"] for g in job["TaskGroups"] or []]
    names += sorted({a["TaskGroup"] for a in allocs} - set(names))
    counts = {n: _counts([a for a in allocs if a["TaskGroup"] == n], queued.get(n, 0))
              for n in names}  # fmt: skip
    statuses = [c["Status"] for c in children]
    indexes = [job["CreateIndex"], *(a["ModifyIndex"] for a in allocs),
               *(c["ModifyIndex"] for c in children)]  # fmt: skip
    return {
        "Children": {s.title(): statuses.count(s) for s in ("dead", "pending", "running")},
        "CreateIndex": job["CreateIndex"],
        "JobID": job["ID"],
        "ModifyIndex": max(indexes),
        "Namespace": job["Namespace"],
        "Summary": counts,
    }


def _counts(allocs: list[Data], queued: int) -> Data:
    names = {"pending": "Starting", "running": "Running", "complete": "Complete",
             "failed": "Failed", "lost": "Lost", "unknown": "Unknown"}  # fmt: skip
    found = dict.fromkeys(names.values(), 0)
    for alloc in allocs:
        found[names[alloc["ClientStatus"]]] += 1
    return {**found, "Queued": queued}


def job_row(job: Data, own_summary: Data, meta: bool) -> Data:
    keys = words(
        "CreateIndex Datacenters ID JobModifyIndex ModifyIndex Multiregion Name Namespace NodePool "
        "ParentID Priority Status StatusDescription Stop SubmitTime Type"
    )
    row = {k: job[k] for k in keys}
    row.update(
        JobSummary=own_summary,
        ParameterizedJob=bool(job["ParameterizedJob"]) and not job["Dispatched"],
        Periodic=False,
    )
    if meta and job["Meta"]:
        row["Meta"] = job["Meta"]
    return row
