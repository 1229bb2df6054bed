# SPDX-License-Identifier: GPL-3.0-or-later
"""What nomad_sim plans for a job with canaries, before and after they are promoted."""

from __future__ import annotations

from nomad_sim import canonical, jobspec, records
from nomad_sim.reconcile import GroupPlan, reconcile

SPEC = """
job "a" {
  update {
    canary = 1
  }
  group "g" {
    count = 2
    task "t" {
      driver = "docker"
      config {
        image = "i:1"
      }
    }
  }
}
"""


def job(version: int) -> dict:
    made = canonical.stored(jobspec.parse(SPEC, ""))
    return {**made, "CreateIndex": 1, "ModifyIndex": 1, "JobModifyIndex": 1, "Version": version,
            "Meta": {"version": str(version)}}  # fmt: skip


def alloc(version: int, number: int, **more: object) -> dict:
    return {
        "ID": f"{version}-{number}", "Name": f"a.g[{number}]", "TaskGroup": "g",
        "Job": job(version), "ClientStatus": "running", "DesiredStatus": "run", **more,
    }  # fmt: skip


def deployment(version: int, status: str = "running", promoted: bool = False) -> dict:
    made = records.deployment(job(version), 1, {"g": 1})
    made["Status"] = status
    made["TaskGroups"]["g"]["Promoted"] = promoted
    return made


OLD = [alloc(0, 0), alloc(0, 1)]


def plan(allocs: list[dict], latest: dict | None, version: int = 1) -> GroupPlan:
    return reconcile(job(version), allocs, latest)["g"]


def ids(allocs: list[dict]) -> list[str]:
    return [a["ID"] for a in allocs]


def test_a_new_job_has_no_canaries() -> None:
    found = plan([], None, version=0)
    assert (found.canaries, found.place) == ([], [0, 1])


def test_a_change_places_a_canary_and_leaves_the_rest() -> None:
    found = plan(OLD, deployment(0, "successful"))
    assert (found.canaries, found.place, found.destructive, found.stop) == ([0], [], [], [])
    assert found.updates()["Canary"] == 1
    assert found.updates()["Ignore"] == 2


def test_a_canary_that_is_there_is_waited_for() -> None:
    found = plan([*OLD, alloc(1, 0, _canary=True)], deployment(1))
    assert (found.canaries, found.destructive, found.stop) == ([], [], [])
    assert len(found.ignore) == 3


def test_the_canary_of_another_version_is_replaced() -> None:
    found = plan([*OLD, alloc(1, 0, _canary=True)], deployment(1), version=2)
    assert (ids(found.stop), found.canaries, len(found.ignore)) == (["1-0"], [0], 2)


def test_once_promoted_it_takes_the_place_of_one_and_the_others_follow() -> None:
    latest = deployment(1, promoted=True)
    good = {"DeploymentID": latest["ID"], "DeploymentStatus": {"Healthy": True, "Canary": False}}
    found = plan([*OLD, alloc(1, 0, **good)], latest)
    assert (ids(found.stop), ids(found.destructive), found.canaries) == (["0-0"], ["0-1"], [])


def test_a_failed_deployment_ends_its_canary_and_goes_no_further() -> None:
    found = plan([*OLD, alloc(1, 0, _canary=True)], deployment(1, "failed"))
    assert (ids(found.stop), found.canaries, found.destructive) == (["1-0"], [], [])


def test_nothing_is_placed_while_the_deployment_is_paused() -> None:
    found = plan(OLD[:1], deployment(1, "paused"))
    assert (found.place, found.canaries, found.destructive, found.stop) == ([], [], [], [])
