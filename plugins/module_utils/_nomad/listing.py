# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One shape for what servers of all versions tell of jobs in a list."""

from __future__ import annotations

import typing as t

Json = t.Dict[str, t.Any]

ACTIVE = ("initializing", "pending", "running", "paused", "blocked", "unblocking")
_JOB = (
    "ID",
    "Name",
    "Namespace",
    "ParentID",
    "Type",
    "Status",
    "Stop",
    "Priority",
    "Datacenters",
    "NodePool",
    "SubmitTime",
    "ModifyIndex",
)
_VERSION = ("Version", "Stable", "Stop", "SubmitTime", "JobModifyIndex")


def key(job: Json) -> tuple[str, str]:
    return str(job["Namespace"]), str(job["ID"])


def row(job: Json) -> Json:
    return {name: job.get(name) for name in _JOB}


def status(found: Json, wanted: t.Container[str]) -> Json:
    """Out of an element of the list of statuses."""
    job = row(found)
    if "allocations" in wanted:
        job["Allocs"] = in_order([allocation(a) for a in found.get("Allocs") or []])
    if "deployments" in wanted:
        job["LatestDeployment"] = deployment(found.get("LatestDeployment"))
    return job


def allocation(found: Json) -> Json:
    """Out of an allocation, or of what the list of statuses says of one."""
    health = found.get("DeploymentStatus") or {}
    return {
        "ID": found["ID"],
        "Group": found["Group"] if "Group" in found else found["TaskGroup"],
        "ClientStatus": found["ClientStatus"],
        "NodeID": found["NodeID"],
        "JobVersion": found["JobVersion"],
        "DeploymentStatus": {
            "Canary": bool(health.get("Canary")),
            "Healthy": health.get("Healthy"),
        },
    }


def deployment(found: Json | None) -> Json | None:
    """Out of a deployment, or of what the list of statuses says of one."""
    if not found:
        return None
    names = ("ID", "JobVersion", "Status", "StatusDescription")
    return {
        **{name: found[name] for name in names},
        "IsActive": found["Status"] in ACTIVE,
        "RequiresPromotion": requires_promotion(found),
    }


def requires_promotion(found: Json) -> bool:
    if "RequiresPromotion" in found:
        return bool(found["RequiresPromotion"])
    groups = (found.get("TaskGroups") or {}).values()
    return found["Status"] == "running" and any(
        group["DesiredCanaries"] and not group["Promoted"] for group in groups
    )


def version(found: Json) -> Json:
    tag = found.get("VersionTag") or {}
    return {**{name: found.get(name) for name in _VERSION}, "Tag": tag.get("Name") or ""}


def with_allocations(rows: list[Json], allocations: list[Json]) -> None:
    """Give each job its own, in an order that stays."""
    by_job: dict[tuple[str, str], list[Json]] = {}
    for found in allocations:
        by_job.setdefault((found["Namespace"], found["JobID"]), []).append(allocation(found))
    for job in rows:
        job["Allocs"] = in_order(by_job.get(key(job), []))


def with_deployments(rows: list[Json], deployments: list[Json]) -> None:
    """Give each job its latest."""
    latest: dict[tuple[str, str], Json] = {}
    for found in sorted(deployments, key=lambda d: int(d["CreateIndex"])):
        latest[(found["Namespace"], found["JobID"])] = found
    for job in rows:
        job["LatestDeployment"] = deployment(latest.get(key(job)))


def in_order(allocations: list[Json]) -> list[Json]:
    return sorted(allocations, key=lambda a: (a["Group"], -a["JobVersion"], a["ID"]))
