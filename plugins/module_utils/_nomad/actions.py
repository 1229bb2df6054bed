# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an action on a job would change: decided from what the server has, before it is asked."""

from __future__ import annotations

import typing as t

from .._errors import UserError
from .listing import ACTIVE, requires_promotion

Json = t.Dict[str, t.Any]

DEPLOYMENT_ACTIONS = ("promote", "fail", "pause", "resume")
# What each action alone takes; given with another one it would be ignored in silence.
OPTIONS_OF = {
    "group": ("scale", "restart", "promote"),
    "count": ("scale",),
    "task": ("restart",),
    "version": ("revert",),
    "version_tag": ("revert",),
    "force_reschedule": ("evaluate",),
    "batch_size": ("restart",),
    "batch_wait": ("restart",),
}
# What the server writes into a job; two versions that differ in these only are the same job.
_SERVERS = frozenset(
    {
        "Version",
        "VersionTag",
        "Stable",
        "Status",
        "StatusDescription",
        "CreateIndex",
        "ModifyIndex",
        "JobModifyIndex",
        "SubmitTime",
        "NomadTokenID",
    }
)
_SCALINGS = frozenset({"ID", "CreateIndex", "ModifyIndex"})


def check_options(action: str, params: t.Mapping[str, t.Any]) -> None:
    for option, actions in OPTIONS_OF.items():
        if params[option] is not None and action not in actions:
            raise UserError(
                f"{option}: action {action} does not take it, only {', '.join(actions)}. Remove it."
            )


# Scaling


def group_of(job: Json, name: str | None) -> Json:
    """The group that is meant, which need not be named where there is one only."""
    groups = {str(group["Name"]): group for group in job.get("TaskGroups") or []}
    if name is None and len(groups) == 1:
        return next(iter(groups.values()))
    listed = ", ".join(groups)
    if name is None:
        raise UserError(f"group: job {job['ID']} has several groups ({listed}). Name one.")
    if name not in groups:
        raise UserError(f"group: job {job['ID']} has no group {name}. It has {listed}.")
    return groups[name]


def check_count(job: Json, group: Json, count: int) -> None:
    """Refuse what Nomad would refuse, or would do without any effect."""
    where = f"group {group['Name']} of job {job['ID']}"
    if job["Type"] in ("system", "sysbatch"):
        raise UserError(
            f"action: a job of type {job['Type']} runs on all nodes and cannot be scaled. Use"
            " constraints in its jobspec."
        )
    if job.get("Stop"):
        raise UserError(
            f"action: job {job['ID']} is stopped, and scaling would not start it. Register it again"
            " first."
        )
    limits = group.get("Scaling") or {}
    if count < max(0, int(limits.get("Min") or 0)):
        least = max(0, int(limits.get("Min") or 0))
        raise UserError(f"count: {where} must have at least {least}, not {count}.")
    if limits and count > int(limits["Max"]):
        raise UserError(f"count: {where} may have at most {limits['Max']}, not {count}.")


def count_of(group: Json) -> int:
    return 1 if group.get("Count") is None else int(group["Count"])


# Deployments


def active(deployment: Json | None) -> bool:
    return bool(deployment) and t.cast(Json, deployment)["Status"] in ACTIVE


def held_up(deployment: Json) -> str:
    """Why an active deployment will not end by itself."""
    if deployment["Status"] == "paused":
        return "it is paused. Resume it first (action: resume)"
    automatic = all(g.get("AutoPromote") for g in _unpromoted(deployment).values())
    if requires_promotion(deployment) and not automatic:
        return "it awaits promotion. Promote or fail it first (action: promote, action: fail)"
    return ""


def _unpromoted(deployment: Json) -> Json:
    groups = deployment.get("TaskGroups") or {}
    return {n: g for n, g in groups.items() if g["DesiredCanaries"] and not g["Promoted"]}


def deployment_changes(
    action: str, job_id: str, deployment: Json | None, groups: list[str]
) -> bool:
    """Whether the action is still to be done, or a UserError where it no longer can be."""
    if deployment is None:
        raise UserError(f"action: job {job_id} has no deployment, so there is nothing to {action}.")
    status = deployment["Status"]
    done = {
        "promote": status == "successful" or (active(deployment) and not groups),
        "fail": status == "failed",
        "pause": status == "paused",
        "resume": status == "successful" or (active(deployment) and status != "paused"),
    }
    if done[action]:
        return False
    if not active(deployment):
        text = str(deployment.get("StatusDescription") or "no reason given").rstrip(".")
        raise UserError(
            f"action: there is nothing to {action}: the latest deployment of job {job_id} is"
            f" {status} ({text})."
        )
    return True


def to_promote(job_id: str, deployment: Json | None, group: str | None) -> list[str]:
    """The groups whose canaries wait; Nomad itself passes over a group that it does not know."""
    if deployment is None:
        return []
    known = deployment.get("TaskGroups") or {}
    if group is not None and group not in known:
        raise UserError(
            f"group: the deployment of job {job_id} has no group {group}. It has {', '.join(known)}."
        )
    return sorted(name for name in _unpromoted(deployment) if group in (None, name))


def canaries_ready(deployment: Json, groups: list[str]) -> bool:
    found = (deployment["TaskGroups"][name] for name in groups)
    return all(group["HealthyAllocs"] >= group["DesiredCanaries"] for group in found)


# Versions


def version_of(job_id: str, versions: list[Json], number: int | None, tag: str | None) -> Json:
    """The version that is meant. Tags are resolved here, since Nomad does not heed them."""
    if tag is not None:
        return _tagged(job_id, versions, tag)
    for version in versions:
        if version["Version"] == number:
            return version
    kept = ", ".join(str(v["Version"]) for v in versions)
    raise UserError(f"version: Nomad has no version {number} of job {job_id}. It has {kept}.")


def _tagged(job_id: str, versions: list[Json], tag: str) -> Json:
    if not any("VersionTag" in version for version in versions):
        raise UserError("version_tag: versions have tags from Nomad 1.9 on. Give the version.")
    tags = {(v.get("VersionTag") or {}).get("Name"): v for v in versions}
    if tag not in tags:
        kept = ", ".join(sorted(name for name in tags if name)) or "none"
        raise UserError(f"version_tag: job {job_id} has no version tagged {tag}. It has {kept}.")
    return tags[tag]


def check_revert(job_id: str, version: Json) -> None:
    if version.get("Stop"):
        raise UserError(
            f"version: version {version['Version']} of job {job_id} is a stopped one, so that"
            " reverting to it would stop the job. Give another, or stop the job with nomad_job."
        )


def specification(job: Json) -> Json:
    """A job without what the server writes into it."""
    kept = {key: value for key, value in job.items() if key not in _SERVERS}
    kept["TaskGroups"] = [
        {**group, "Scaling": _without(group["Scaling"], _SCALINGS)}
        if group.get("Scaling")
        else group
        for group in job.get("TaskGroups") or []
    ]
    return kept


def _without(data: Json, names: t.AbstractSet[str]) -> Json:
    return {key: value for key, value in data.items() if key not in names}


# Evaluations


def check_evaluable(job: Json) -> None:
    parameterized = bool(job.get("ParameterizedJob")) and not job.get("Dispatched")
    if parameterized or job.get("Periodic"):
        kind = "parameterized" if parameterized else "periodic"
        raise UserError(
            f"action: job {job['ID']} is {kind}, and only its children are evaluated. Name a child."
        )
