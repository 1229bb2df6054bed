# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a job that is registered already has a say in: its counts, its end, its tag."""

from __future__ import annotations

import typing as t

from .._errors import UserError
from . import plan
from .wait import lost_for_good

Json = t.Dict[str, t.Any]

RERUNS = ("never", "if_failed", "if_dead", "always")


def with_counts(job: Json, observed: Json | None) -> Json:
    """The job with the counts that its groups have now, so that what was scaled stays so.

    Nomad can do this when it registers, but its plan cannot, and would always show a difference.
    """
    counts = {g["Name"]: g.get("Count") for g in (observed or {}).get("TaskGroups") or []}
    groups = [
        group
        if counts.get(group.get("Name")) is None
        else {**group, "Count": counts[group["Name"]]}
        for group in job.get("TaskGroups") or []
    ]
    return {**job, "TaskGroups": groups} if groups else job


def comparable(job: Json, observed: Json | None) -> Json:
    """The job as it is planned: Nomad takes a job without the tag of its version for another one."""
    tag = (observed or {}).get("VersionTag")
    return {**job, "VersionTag": tag} if tag else job


def rerun_mode(params: Json, job: Json) -> str:
    """O(rerun), and what the option C(force_start) of community.general asks for."""
    mode = str(params["rerun"])
    ends = str(job.get("Type") or "service") == "batch" and not plan.only_children_run(job)
    if mode != "never" and not ends:
        raise UserError(
            f"rerun: job {job['ID']} is not a batch job that runs by itself, and Nomad runs no other"
            " again while its jobspec is the same. Remove rerun, or use state: forced for a periodic"
            " job and nomad_job_dispatch for a parameterized one."
        )
    return "if_dead" if mode == "never" and params["force_start"] and ends else mode


def rerun_reason(mode: str, observed: Json | None, allocations: list[Json]) -> str:
    """Why an unchanged job is run again. One that is stopped is started in any case."""
    if mode == "never" or observed is None or observed.get("Stop"):
        return ""
    if mode == "always":
        return "the job is run again each time"
    if observed.get("Status") != "dead":
        return ""
    if mode == "if_dead":
        return "the job has ended"
    return "the job has failed" if lost_for_good(observed, allocations) else ""


def tag_reason(tag: Json, observed: Json | None, versions: list[Json], changes: bool) -> str:
    """Why a version gets a tag; refused where another version has it, which no server moves."""
    name = tag["name"]
    holder = next((v for v in versions if (v.get("VersionTag") or {}).get("Name") == name), None)
    if holder is None:
        return f"the version has no tag {name}"
    current = holder["Version"] == (observed or {}).get("Version")
    if changes or not current:
        raise UserError(
            f"version_tag: version {holder['Version']} of job {holder['ID']} has the tag {name}"
            f"{', and this would be another version' if current else ''}. Give another name, or"
            " remove that tag with `nomad job tag unset`."
        )
    same = (holder["VersionTag"].get("Description") or "") == (tag["description"] or "")
    return "" if same else f"the tag {name} has another description"
