# SPDX-License-Identifier: GPL-3.0-or-later
"""ACL policies: each a text of rules under a name."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from . import acl_rules
from .errors import ApiError
from .shapes import Data
from .store import Store
from .validate import show

NAME = re.compile(r"[a-zA-Z0-9-]{1,128}")
LONGEST = 256


def digest(data: Data) -> str:
    made = hashlib.blake2b(json.dumps(data, sort_keys=True).encode(), digest_size=32).digest()
    return base64.b64encode(made).decode()


def write(store: Store, asked: Data) -> int:
    made = {
        "Description": asked.get("Description", ""),
        "JobACL": _job_acl(asked.get("JobACL")),
        "Name": asked.get("Name", ""),
        "Rules": asked.get("Rules", ""),
    }
    wrong = _problems(made)
    if wrong:
        raise ApiError(400, f"policy 0 invalid: {show(wrong)}")
    with store.write("acl_policies") as index:
        before = store.acl_policies.get(made["Name"])
        store.acl_policies[made["Name"]] = {
            **made, "CreateIndex": before["CreateIndex"] if before else index,
            "Hash": digest(made), "ModifyIndex": index,
        }  # fmt: skip
    return index


def _job_acl(asked: Data | None) -> Data | None:
    if asked is None:
        return None
    return {key: asked.get(key, "") for key in ("Group", "JobID", "Namespace", "Task")}


def _problems(made: Data) -> list[str]:
    found = [] if NAME.fullmatch(made["Name"]) else [f"invalid name '{made['Name']}'"]
    try:
        acl_rules.parsed(made["Rules"])
    except acl_rules.RulesError as error:
        found.append(f"failed to parse rules: {error}")
    if len(made["Description"]) > LONGEST:
        found.append(f"description longer than {LONGEST}")
    job = made["JobACL"] or dict.fromkeys(("Group", "JobID", "Namespace", "Task"), "")
    if job["JobID"] and not job["Namespace"]:
        found.append("namespace must be set to set job ID")
    if job["Group"] and not job["JobID"]:
        found.append("job ID must be set to set group")
    if job["Task"] and not job["Group"]:
        found.append("group must be set to set task")
    return found


def delete(store: Store, name: str) -> int:
    """One that is not there is no error."""
    with store.write("acl_policies") as index:
        store.acl_policies.pop(name, None)
    return index


def whole(policy: Data) -> Data:
    return {**policy, "RulesJSON": acl_rules.parsed(policy["Rules"])}


def row(policy: Data) -> Data:
    """As the list shows it."""
    keys = ("CreateIndex", "Description", "Hash", "ModifyIndex", "Name")
    return {key: policy[key] for key in keys}
