# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import plan, shown
from ansible_collections.mlops.infra.plugins.module_utils._nomad.secrets import (
    DEFAULT_PATTERNS,
    Secrets,
)

SECRETS = Secrets(DEFAULT_PATTERNS)
THERE = {"ID": "x", "Namespace": "ns", "Version": 3, "JobModifyIndex": 7, "Stop": False}


def described(observed: t.Any, **planned: t.Any) -> dict[str, t.Any]:
    change = plan.Change(("the plan has a diff",))
    return shown.described(SECRETS, {"ID": "x"}, observed, {"Diff": {}, **planned}, change)


def test_a_job_that_is_there_is_read_back() -> None:
    found = described(THERE)
    assert (found["version"], found["modify_index"], found["namespace"]) == (3, 7, "ns")
    assert (found["changed"], found["reasons"]) == (True, ["the plan has a diff"])


def test_a_new_job_has_no_version() -> None:
    found = described(None)
    assert found["job"] == {}
    assert "version" not in found
    assert found["namespace"] == "default"


def test_the_next_launch_is_told_where_there_is_one() -> None:
    launch = "2026-11-25T00:00:00Z"
    assert described(None, NextPeriodicLaunch=launch)["next_periodic_launch"] == launch
    assert "next_periodic_launch" not in described(None)


def test_no_secret_is_returned() -> None:
    field = {"Type": "Edited", "Name": "Env[DB_PASSWORD]", "Old": "canary-1", "New": "canary-2"}
    planned = {"Objects": [{"Name": "Env", "Fields": [field]}]}
    found = described({**THERE, "Meta": {"token": "canary-3"}}, Diff=planned)
    assert "canary" not in json.dumps(found)


@pytest.mark.parametrize(("by", "told"), [(plan.REGISTER, False), (plan.RERUN, True)])
def test_a_diff_of_an_unchanged_job_says_why(by: str, told: bool) -> None:
    change = plan.Change(("the job has ended",), by=by)
    text = shown.annotated({"ID": "x"}, THERE, {"Diff": {"Type": "None", "ID": "x"}}, change)
    assert ("- the job has ended\n" in text) is told


@pytest.mark.parametrize(
    ("observed", "after", "purge", "expected"),
    [
        (None, False, False, None),
        (THERE, False, False, {"job": "x", "stopped": False}),
        (THERE, True, False, {"job": "x", "stopped": True}),
        (THERE, True, True, None),
    ],
)
def test_how_a_job_stands(observed: t.Any, after: bool, purge: bool, expected: t.Any) -> None:
    assert shown.standing(observed, after, purge) == expected
