# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import actions

Json = dict[str, t.Any]


def job(**fields: t.Any) -> Json:
    return {"ID": "web", "Type": "service", "TaskGroups": [{"Name": "g", "Count": 2}], **fields}


def deployment(status: str = "running", **group: t.Any) -> Json:
    counts = {"DesiredCanaries": 0, "Promoted": False, "HealthyAllocs": 0, "AutoPromote": False}
    return {
        "ID": "d",
        "Status": status,
        "StatusDescription": "so it is.",
        "TaskGroups": {"g": {**counts, **group}},
    }


CANARY = {"DesiredCanaries": 1}


@pytest.mark.parametrize("option", sorted(actions.OPTIONS_OF))
def test_an_option_of_another_action_is_refused(option: str) -> None:
    params = dict.fromkeys(actions.OPTIONS_OF)
    for action in actions.OPTIONS_OF[option]:
        actions.check_options(action, {**params, option: 1})
    with pytest.raises(UserError, match=f"{option}: action pause does not take it"):
        actions.check_options("pause", {**params, option: 0})


def test_the_only_group_need_not_be_named() -> None:
    assert actions.group_of(job(), None)["Name"] == "g"
    assert actions.group_of(job(), "g")["Name"] == "g"
    two = job(TaskGroups=[{"Name": "g"}, {"Name": "h"}])
    with pytest.raises(UserError, match=r"several groups \(g, h\)"):
        actions.group_of(two, None)
    with pytest.raises(UserError, match=r"no group x\. It has g, h"):
        actions.group_of(two, "x")


@pytest.mark.parametrize(
    ("found", "count", "words"),
    [
        (job(Type="system"), 1, "type system runs on all nodes"),
        (job(Type="sysbatch"), 1, "type sysbatch"),
        (job(Stop=True), 1, "is stopped, and scaling would not start it"),
        (job(), -1, "at least 0, not -1"),
        (job(TaskGroups=[{"Name": "g", "Scaling": {"Min": 1, "Max": 3}}]), 0, "at least 1, not 0"),
        (job(TaskGroups=[{"Name": "g", "Scaling": {"Min": 1, "Max": 3}}]), 4, "at most 3, not 4"),
    ],
)
def test_counts_that_cannot_be(found: Json, count: int, words: str) -> None:
    with pytest.raises(UserError, match=words):
        actions.check_count(found, found["TaskGroups"][0], count)


@pytest.mark.parametrize("count", [1, 3])
def test_counts_within_the_limits(count: int) -> None:
    group = {"Name": "g", "Scaling": {"Min": 1, "Max": 3}}
    actions.check_count(job(TaskGroups=[group]), group, count)


def test_nomad_runs_one_where_no_count_is_written() -> None:
    assert actions.count_of({"Name": "g", "Count": None}) == 1
    assert actions.count_of({"Name": "g", "Count": 0}) == 0


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (deployment(), ""),
        (deployment("paused"), "paused"),
        (deployment(**CANARY), "awaits promotion"),
        (deployment(**CANARY, AutoPromote=True), ""),
        (deployment(**{**CANARY, "Promoted": True}), ""),
    ],
)
def test_what_does_not_end_by_itself(found: Json, words: str) -> None:
    reason = actions.held_up(found)
    assert words in reason
    assert bool(reason) == bool(words)


@pytest.mark.parametrize(
    ("action", "found", "changes"),
    [
        ("promote", deployment(**CANARY), True),
        ("promote", deployment("paused", **CANARY), True),
        ("promote", deployment(**{**CANARY, "Promoted": True}), False),
        ("promote", deployment(), False),
        ("promote", deployment("successful"), False),
        ("fail", deployment(), True),
        ("fail", deployment("paused"), True),
        ("fail", deployment("failed"), False),
        ("pause", deployment(), True),
        ("pause", deployment("paused"), False),
        ("resume", deployment("paused"), True),
        ("resume", deployment(), False),
        ("resume", deployment("successful"), False),
    ],
)
def test_deployments(action: str, found: Json, changes: bool) -> None:
    groups = actions.to_promote("web", found, None)
    assert actions.deployment_changes(action, "web", found, groups) is changes


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("promote", "failed"),
        ("promote", "cancelled"),
        ("fail", "successful"),
        ("fail", "cancelled"),
        ("pause", "successful"),
        ("pause", "failed"),
        ("resume", "failed"),
        ("resume", "cancelled"),
    ],
)
def test_deployments_that_are_over(action: str, status: str) -> None:
    with pytest.raises(UserError, match=rf"nothing to {action}: .* is {status} \(so it is\)"):
        actions.deployment_changes(action, "web", deployment(status), [])


@pytest.mark.parametrize("action", actions.DEPLOYMENT_ACTIONS)
def test_no_deployment(action: str) -> None:
    with pytest.raises(UserError, match="job web has no deployment"):
        actions.deployment_changes(action, "web", None, actions.to_promote("web", None, "g"))


def test_only_the_named_group_is_promoted() -> None:
    found = deployment(**CANARY)
    found["TaskGroups"]["h"] = dict(found["TaskGroups"]["g"])
    assert actions.to_promote("web", found, None) == ["g", "h"]
    assert actions.to_promote("web", found, "h") == ["h"]
    with pytest.raises(UserError, match=r"has no group x\. It has g, h"):
        actions.to_promote("web", found, "x")


def test_canaries_are_ready_when_all_are_healthy() -> None:
    assert not actions.canaries_ready(deployment(**CANARY), ["g"])
    assert actions.canaries_ready(deployment(**CANARY, HealthyAllocs=1), ["g"])


VERSIONS = [
    {"Version": 2, "VersionTag": None},
    {"Version": 1, "VersionTag": {"Name": "gold"}},
    {"Version": 0, "VersionTag": None},
]


def test_versions_by_number_and_by_tag() -> None:
    assert actions.version_of("web", VERSIONS, 0, None)["Version"] == 0
    assert actions.version_of("web", VERSIONS, None, "gold")["Version"] == 1
    with pytest.raises(UserError, match=r"no version 7 of job web\. It has 2, 1, 0"):
        actions.version_of("web", VERSIONS, 7, None)
    with pytest.raises(UserError, match=r"no version tagged lead\. It has gold"):
        actions.version_of("web", VERSIONS, None, "lead")


def test_servers_without_tags() -> None:
    with pytest.raises(UserError, match=r"from Nomad 1\.9 on"):
        actions.version_of("web", [{"Version": 0}], None, "gold")


def test_a_stopped_version_is_not_gone_back_to() -> None:
    actions.check_revert("web", {"Version": 1, "Stop": False})
    with pytest.raises(UserError, match="version 1 of job web is a stopped one"):
        actions.check_revert("web", {"Version": 1, "Stop": True})


def test_what_the_server_writes_makes_no_other_job() -> None:
    scaling = {"ID": "s", "CreateIndex": 1, "ModifyIndex": 1, "Max": 3}
    old = job(
        TaskGroups=[{"Name": "g", "Scaling": scaling}],
        Version=0,
        Stable=True,
        Status="running",
        JobModifyIndex=3,
        SubmitTime=1,
        VersionTag={"Name": "gold"},
        NomadTokenID="a",
    )
    new = {
        **old,
        "TaskGroups": [{"Name": "g", "Scaling": {**scaling, "ID": "t", "ModifyIndex": 9}}],
        "Version": 4,
        "Stable": False,
        "Status": "dead",
        "JobModifyIndex": 30,
        "SubmitTime": 2,
        "VersionTag": None,
        "NomadTokenID": "b",
    }
    assert actions.specification(old) == actions.specification(new)
    for changed in ({"Priority": 70}, {"Stop": True}, {"Meta": {"a": "b"}}):
        assert actions.specification(old) != actions.specification({**new, **changed})
    other = {**new, "TaskGroups": [{"Name": "g", "Scaling": {**scaling, "Max": 4}}]}
    assert actions.specification(old) != actions.specification(other)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ParameterizedJob": {}}, ""),
        ({"ParameterizedJob": {"Payload": ""}, "Dispatched": False}, "parameterized"),
        ({"ParameterizedJob": {"Payload": ""}, "Dispatched": True}, ""),
        ({"Periodic": {"Spec": "@daily"}}, "periodic"),
        ({}, ""),
    ],
)
def test_what_can_be_evaluated(fields: Json, words: str) -> None:
    if not words:
        actions.check_evaluable(job(**fields))
        return
    with pytest.raises(UserError, match=words):
        actions.check_evaluable(job(**fields))
