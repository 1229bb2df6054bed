# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import ApiError, UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import policies

NODE = 'node { policy = "read" }'


def given(**more: t.Any) -> dict[str, t.Any]:
    return {"name": "p", "description": None, "rules": NODE, "job_acl": None, **more}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "a_b"}, "^name: "),
        ({"name": ""}, "^name: "),
        ({"name": "a" * 129}, "^name: "),
        ({"description": "é" * 129}, "^description: it has 258 bytes"),
        ({"rules": ["a"]}, "^rules: "),
        ({"rules": 5}, "^rules: "),
        ({"job_acl": {"group": "g"}}, "^job_acl: group needs job_id"),
        ({"job_acl": {"job_id": "j", "task": "t"}}, "^job_acl: task needs group"),
    ],
)
def test_refused_before_anything_is_asked(wrong: dict[str, t.Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        policies.check(given(**wrong))


def test_limits_are_allowed() -> None:
    policies.check(given(name="a" * 128, description="é" * 128))
    policies.check(given(rules={"node": {}}, job_acl={"job_id": "j", "group": "g", "task": "t"}))


def test_what_is_not_named_stays() -> None:
    job = {"Namespace": "n", "JobID": "j", "Group": "", "Task": ""}
    there = {"Name": "p", "Description": "d", "Rules": NODE, "JobACL": job, "Hash": "h"}
    kept = policies.desired(there, given(rules=None))
    assert kept == {"Name": "p", "Description": "d", "Rules": NODE, "JobACL": job}
    assert policies.desired(there, given(job_acl={}))["JobACL"] is None
    assert policies.desired(there, given(description=""))["Description"] == ""
    moved = policies.desired(there, given(job_acl={"job_id": "k", "group": None}))
    assert moved["JobACL"] == {"Namespace": "default", "JobID": "k", "Group": "", "Task": ""}


def test_a_new_one_needs_rules() -> None:
    with pytest.raises(UserError, match=r"^rules: there is no policy p yet"):
        policies.desired(None, given(rules=None))
    assert policies.desired(None, given(rules=""))["Rules"] == ""


def test_comparable_without_what_means_nothing() -> None:
    empty = dict.fromkeys(("Namespace", "JobID", "Group", "Task"), "")
    one = {"Name": "p", "Description": "", "Rules": NODE, "JobACL": None, "ModifyIndex": 4}
    other = {**one, "Rules": '{"node": {"policy": "read"}}', "JobACL": empty, "ModifyIndex": 5}
    assert policies.comparable(one) == policies.comparable(other)
    assert policies.comparable(None) is None


def test_refusals() -> None:
    body = "policy 0 invalid: 1 error occurred:\n\t* failed to parse rules: Invalid policy: x\n\n"
    found = policies.refused(ApiError("PUT", "/v1/acl/policy/p", 400, body))
    assert str(found) == "rules: Nomad does not take them: Invalid policy: x."
    assert policies.refused(ApiError("PUT", "/v1/acl/policy/p", 500, "broken")) is None
