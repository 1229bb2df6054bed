# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import deployments
from ansible_collections.mlops.infra.plugins.module_utils._nomad.wait import Target

Json = dict[str, t.Any]
AIM = Target("x", version=3, modify_index=20, eval_id="e", type="service", counts={"g": 2})
CANARY = {"DesiredCanaries": 1, "HealthyAllocs": 1}


def deployment(status: str = "running", version: int = 3, index: int = 21, **group: t.Any) -> Json:
    return {
        "ID": f"d{index}",
        "JobVersion": version,
        "JobSpecModifyIndex": 20,
        "CreateIndex": index,
        "Status": status,
        "TaskGroups": {"g": {"DesiredCanaries": 0, "HealthyAllocs": 0, **group}},
    }


def test_the_own_one_is_of_the_version_and_the_newest() -> None:
    found = [deployment(index=21), deployment(index=25), deployment(version=4, index=30)]
    assert (deployments.own_deployment(AIM, found) or {})["ID"] == "d25"
    assert deployments.own_deployment(AIM, [deployment(version=2)]) is None


def test_one_of_a_purged_job_of_the_same_id_is_another() -> None:
    old = {**deployment(), "JobSpecModifyIndex": 10}
    assert deployments.own_deployment(AIM, [old]) is None


@pytest.mark.parametrize(
    ("status", "group", "promotes"),
    [
        ("running", CANARY, True),
        ("running", {**CANARY, "HealthyAllocs": 0}, False),
        ("running", {**CANARY, "Promoted": True}, False),
        ("running", {**CANARY, "AutoPromote": True}, False),
        ("running", {"DesiredCanaries": 0}, False),
        ("successful", CANARY, False),
        ("failed", CANARY, False),
    ],
)
def test_what_is_promoted(status: str, group: Json, promotes: bool) -> None:
    assert deployments.to_promote(AIM, [deployment(status, **group)]) == ("d21" if promotes else "")
    assert deployments.to_promote(AIM, [deployment(status, version=2, **group)]) == ""


def test_all_groups_have_to_be_healthy() -> None:
    found = deployment(**CANARY)
    found["TaskGroups"]["h"] = {"DesiredCanaries": 2, "HealthyAllocs": 1}
    assert len(deployments.unpromoted(found)) == 2
    assert not deployments.awaits_promotion(found)
    assert deployments.unpromoted(None) == []
