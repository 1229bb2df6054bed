# SPDX-License-Identifier: GPL-3.0-or-later
"""One shape of what 2.0.5 answered in one request and 1.6.10 in three."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import listing

Json = dict[str, t.Any]

JOB: Json = {
    "ID": "web",
    "Name": "web",
    "Namespace": "default",
    "ParentID": "",
    "Type": "service",
    "Status": "running",
    "Stop": False,
    "Priority": 50,
    "Datacenters": ["*"],
    "NodePool": "default",
    "SubmitTime": 7,
    "ModifyIndex": 9,
}
STUB: Json = {**JOB, "JobSummary": {}, "ParameterizedJob": False, "Periodic": False}
ALLOCATION: Json = {
    "ID": "a1",
    "JobID": "web",
    "Namespace": "default",
    "TaskGroup": "g",
    "ClientStatus": "running",
    "NodeID": "n",
    "JobVersion": 0,
    "DeploymentStatus": {"Canary": False, "Healthy": True, "ModifyIndex": 4},
}
DEPLOYMENT: Json = {
    "ID": "d1",
    "JobID": "web",
    "Namespace": "default",
    "CreateIndex": 5,
    "JobVersion": 0,
    "Status": "running",
    "StatusDescription": "Deployment is running but requires manual promotion",
    "TaskGroups": {"g": {"DesiredCanaries": 1, "Promoted": False}},
}
STATUS: Json = {
    **JOB,
    "IsPack": False,
    "GroupCountSum": 1,
    "Allocs": [
        {
            "ClientStatus": "running",
            "DeploymentStatus": {"Canary": False, "Healthy": True},
            "FollowupEvalID": "",
            "Group": "g",
            "HasPausedTask": False,
            "ID": "a1",
            "JobVersion": 0,
            "NodeID": "n",
        }
    ],
    "LatestDeployment": {
        "AllAutoPromote": False,
        "ID": "d1",
        "IsActive": True,
        "JobVersion": 0,
        "RequiresPromotion": True,
        "Status": "running",
        "StatusDescription": "Deployment is running but requires manual promotion",
    },
}
ALL = ("allocations", "deployments")


def test_old_and_new_servers_give_the_same() -> None:
    rows = [listing.row(STUB)]
    listing.with_allocations(rows, [ALLOCATION])
    listing.with_deployments(rows, [DEPLOYMENT])
    assert rows == [listing.status(STATUS, ALL)]
    assert rows[0]["LatestDeployment"]["RequiresPromotion"]
    assert rows[0]["LatestDeployment"]["IsActive"]


def test_only_what_is_wanted() -> None:
    assert listing.status(STATUS, ()) == JOB
    assert "LatestDeployment" not in listing.status(STATUS, ("allocations",))


def test_a_job_without_anything() -> None:
    empty = listing.status({**STATUS, "Allocs": None, "LatestDeployment": None}, ALL)
    assert (empty["Allocs"], empty["LatestDeployment"]) == ([], None)
    rows = [listing.row(STUB)]
    listing.with_allocations(rows, [])
    listing.with_deployments(rows, [])
    assert rows == [empty]


def test_the_same_id_in_two_namespaces() -> None:
    rows = [listing.row(STUB), listing.row({**STUB, "Namespace": "other"})]
    listing.with_allocations(rows, [{**ALLOCATION, "Namespace": "other"}])
    assert [len(row["Allocs"]) for row in rows] == [0, 1]


def test_the_latest_deployment_wins_in_any_order() -> None:
    newer = {**DEPLOYMENT, "ID": "d2", "CreateIndex": 8, "Status": "successful"}
    for found in ([DEPLOYMENT, newer], [newer, DEPLOYMENT]):
        rows = [listing.row(STUB)]
        listing.with_deployments(rows, found)
        assert rows[0]["LatestDeployment"]["ID"] == "d2"
        assert not rows[0]["LatestDeployment"]["IsActive"]


@pytest.mark.parametrize(
    ("status", "group", "expected"),
    [
        ("running", {"DesiredCanaries": 1, "Promoted": False}, True),
        ("running", {"DesiredCanaries": 1, "Promoted": True}, False),
        ("running", {"DesiredCanaries": 0, "Promoted": False}, False),
        ("paused", {"DesiredCanaries": 1, "Promoted": False}, False),
        ("failed", {"DesiredCanaries": 1, "Promoted": False}, False),
    ],
)
def test_requires_promotion(status: str, group: Json, expected: bool) -> None:
    assert listing.requires_promotion({"Status": status, "TaskGroups": {"g": group}}) is expected


def test_an_allocation_without_a_deployment() -> None:
    found = listing.allocation({**ALLOCATION, "DeploymentStatus": None})
    assert found["DeploymentStatus"] == {"Canary": False, "Healthy": None}


def test_allocations_come_newest_version_first() -> None:
    found = [
        {"Group": "g", "JobVersion": 0, "ID": "b"},
        {"Group": "g", "JobVersion": 1, "ID": "c"},
        {"Group": "a", "JobVersion": 0, "ID": "d"},
        {"Group": "g", "JobVersion": 0, "ID": "a"},
    ]
    assert [a["ID"] for a in listing.in_order(found)] == ["d", "c", "a", "b"]


def test_versions_with_and_without_a_tag() -> None:
    version = {"Version": 1, "Stable": True, "Stop": False, "SubmitTime": 7, "JobModifyIndex": 9}
    assert listing.version({**version, "TaskGroups": []}) == {**version, "Tag": ""}
    tagged = listing.version({**version, "VersionTag": {"Name": "gold", "Description": ""}})
    assert tagged["Tag"] == "gold"
