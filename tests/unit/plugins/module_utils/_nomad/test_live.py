# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import live

Json = dict[str, t.Any]
BATCH = {"ID": "x", "Type": "batch", "Version": 3, "TaskGroups": [{"Name": "g"}]}
PARAMS = {"rerun": "never", "force_start": False}
FAILED = {"JobVersion": 3, "DesiredStatus": "run", "ClientStatus": "failed", "TaskGroup": "g"}


def groups(**counts: int | None) -> Json:
    return {"ID": "x", "TaskGroups": [{"Name": n, "Count": c} for n, c in counts.items()]}


@pytest.mark.parametrize(
    ("job", "observed", "expected"),
    [
        (groups(a=1, b=2), groups(a=5, b=0), groups(a=5, b=0)),
        (groups(a=1, new=2), groups(a=5, gone=9), groups(a=5, new=2)),
        (groups(a=None), groups(a=5), groups(a=5)),
        (groups(a=1), groups(a=None), groups(a=1)),
        (groups(a=1), None, groups(a=1)),
        ({"ID": "x"}, groups(a=5), {"ID": "x"}),
    ],
)
def test_counts_that_are_there_stay(job: Json, observed: Json | None, expected: Json) -> None:
    before = str(job)
    assert live.with_counts(job, observed) == expected
    assert str(job) == before


def test_a_job_is_planned_with_the_tag_of_the_version_that_is_there() -> None:
    tag = {"Name": "v1", "TaggedTime": 5}
    assert live.comparable(BATCH, {"VersionTag": tag}) == {**BATCH, "VersionTag": tag}
    assert live.comparable(BATCH, {"VersionTag": None}) == BATCH
    assert live.comparable(BATCH, None) == BATCH


@pytest.mark.parametrize(
    ("job", "params", "expected"),
    [
        (BATCH, {}, "never"),
        (BATCH, {"rerun": "always"}, "always"),
        (BATCH, {"force_start": True}, "if_dead"),
        (BATCH, {"force_start": True, "rerun": "always"}, "always"),
        ({"ID": "x"}, {"force_start": True}, "never"),
        ({**BATCH, "Periodic": {"Spec": "@daily"}}, {"force_start": True}, "never"),
    ],
)
def test_the_mode(job: Json, params: Json, expected: str) -> None:
    assert live.rerun_mode({**PARAMS, **params}, job) == expected


@pytest.mark.parametrize(
    "changes",
    [{"Type": "service"}, {"Type": "sysbatch"}, {"Periodic": {}, "ParameterizedJob": {"a": 1}}],
)
def test_what_nomad_does_not_run_again(changes: Json) -> None:
    with pytest.raises(UserError, match="rerun: job x is not a batch job that runs by itself"):
        live.rerun_mode({**PARAMS, "rerun": "if_dead"}, {**BATCH, **changes})


@pytest.mark.parametrize(
    ("mode", "status", "allocations", "reason"),
    [
        ("never", "dead", [FAILED], ""),
        ("if_dead", "dead", [], "the job has ended"),
        ("if_dead", "running", [], ""),
        ("if_dead", "pending", [], ""),
        ("if_failed", "dead", [FAILED], "the job has failed"),
        ("if_failed", "dead", [{**FAILED, "ClientStatus": "complete"}], ""),
        ("if_failed", "dead", [{**FAILED, "JobVersion": 2}], ""),
        ("if_failed", "running", [FAILED], ""),
        ("always", "running", [], "the job is run again each time"),
        ("always", "dead", [], "the job is run again each time"),
    ],
)
def test_the_reason(mode: str, status: str, allocations: list[Json], reason: str) -> None:
    assert live.rerun_reason(mode, {**BATCH, "Status": status}, allocations) == reason


def test_what_is_not_there_or_stopped_is_started_in_any_case() -> None:
    assert live.rerun_reason("always", None, []) == ""
    assert live.rerun_reason("always", {**BATCH, "Stop": True, "Status": "dead"}, []) == ""


def version(number: int, name: str = "", description: str = "") -> Json:
    tag = {"Name": name, "Description": description} if name else None
    return {"ID": "x", "Version": number, "VersionTag": tag}


TAG = {"name": "v1", "description": ""}


@pytest.mark.parametrize(
    ("versions", "changes", "reason"),
    [
        ([], True, "the version has no tag v1"),
        ([version(3), version(2, "v0")], False, "the version has no tag v1"),
        ([version(3, "other")], False, "the version has no tag v1"),
        ([version(3, "v1")], False, ""),
        ([version(3, "v1", "why")], False, "the tag v1 has another description"),
    ],
)
def test_the_reason_to_tag(versions: list[Json], changes: bool, reason: str) -> None:
    assert live.tag_reason(TAG, {"Version": 3}, versions, changes) == reason


@pytest.mark.parametrize(
    ("number", "changes", "words"),
    [
        (2, False, "version 2 of job x has the tag v1. Give"),
        (2, True, "version 2 of job x has the tag v1. Give"),
        (3, True, "version 3 of job x has the tag v1, and this would be another version. Give"),
    ],
)
def test_a_tag_is_never_moved(number: int, changes: bool, words: str) -> None:
    with pytest.raises(UserError) as caught:
        live.tag_reason(TAG, {"Version": 3}, [version(number, "v1")], changes)
    assert words in str(caught.value)
