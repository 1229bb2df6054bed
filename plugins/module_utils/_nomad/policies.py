# Copyright (c) 2026 mlops.infra contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an ACL policy is to be."""

from __future__ import annotations

import re
import typing as t

from .._errors import ApiError, FailedError, UserError
from . import rules

Json = t.Dict[str, t.Any]

DESCRIPTION_LIMIT = 256  # bytes, Nomad's own
_NAME = re.compile(r"[a-zA-Z0-9-]{1,128}")
# In the order in which they are documented: the options' names and Nomad's.
JOB = {"namespace": "Namespace", "job_id": "JobID", "group": "Group", "task": "Task"}


def check(params: t.Mapping[str, t.Any]) -> None:
    """Nomad's rules."""
    name = params["name"]
    if not _NAME.fullmatch(name):
        raise UserError(
            f"name: {name!r} is no name of a policy. Use 1 to 128 letters without accents, digits"
            " and hyphens."
        )
    size = len((params["description"] or "").encode())
    if size > DESCRIPTION_LIMIT:
        raise UserError(
            f"description: it has {size} bytes, and Nomad takes {DESCRIPTION_LIMIT} at most. Shorten"
            " it."
        )
    if not isinstance(params["rules"], (str, dict, type(None))):
        raise UserError("rules: write them as text in HCL or JSON, or as a dictionary.")
    _check_job(params["job_acl"] or {})


def _check_job(given: t.Mapping[str, t.Any]) -> None:
    for option, needed in (("group", "job_id"), ("task", "group")):
        if given.get(option) and not given.get(needed):
            raise UserError(f"job_acl: {option} needs {needed}. Add it.")


def desired(observed: Json | None, params: t.Mapping[str, t.Any]) -> Json:
    """The whole policy: what the task says of it, and for the rest what it has."""
    # A write replaces a policy, so that what is left out would be lost.
    there = observed or {}
    if not there and params["rules"] is None:
        raise UserError(
            f"rules: there is no policy {params['name']} yet, and a new one needs them."
        )
    text = there.get("Rules", "")
    if params["rules"] is not None:
        text = rules.as_sent(params["rules"])
    description = params["description"]
    return {
        "Name": params["name"],
        "Description": there.get("Description", "") if description is None else description,
        "Rules": text,
        "JobACL": there.get("JobACL") if params["job_acl"] is None else _job(params["job_acl"]),
    }


def _job(given: t.Mapping[str, t.Any]) -> Json | None:
    job = {field: given.get(option) or "" for option, field in JOB.items()}
    if not any(job.values()):
        return None
    return {**job, "Namespace": job["Namespace"] or "default"}


def comparable(policy: Json | None) -> Json | None:
    """Without what the server adds, and the rules as what they mean."""
    if policy is None:
        return None
    job = {key: value for key, value in (policy.get("JobACL") or {}).items() if value}
    return {
        "Description": policy["Description"],
        "Rules": rules.meaning(policy["Rules"]),
        **({"JobACL": job} if job else {}),
    }


def refused(error: ApiError) -> UserError | None:
    """What is wrong with the options, where Nomad's answer tells."""
    said = re.search(r"failed to parse rules: (.+)", error.body)
    if not said:
        return None
    return UserError(f"rules: Nomad does not take them: {said.group(1).strip().rstrip('.')}.")


def ignored(stored: Json | None, changed: bool) -> FailedError | None:
    """Words that Nomad drops in silence, so that the policy allows less, or forbids less, than it says."""
    found = stored or {}
    lost = rules.ignored(found.get("Rules", ""), found.get("RulesJSON"))
    if not lost:
        return None
    return FailedError(
        f"rules: Nomad took policy {found['Name']}, but heeds nothing of {', '.join(lost)}. Correct"
        " the spelling, or remove what this version of Nomad does not know.",
        {"changed": changed, "policy": found},
    )
