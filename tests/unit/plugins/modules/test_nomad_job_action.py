# SPDX-License-Identifier: GPL-3.0-or-later
"""Each action on a Nomad in memory that counts what it is asked to change."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    UserError,
    WaitTimeoutError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import watch
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_job_action
from ansible_collections.mlops.infra.tests.unit.plugins.modules.started import started

Json = dict[str, t.Any]
LOST = UnavailableError("POST", "/v1/job", 0, "reset", "the answer was lost")


def spec(count: int = 1, **fields: t.Any) -> Json:
    update = {"MaxParallel": 1}
    group = {"Name": "g", "Count": count, "Update": update, "Tasks": [{"Name": "t"}]}
    return {"ID": "web", "Type": "service", "TaskGroups": [group], **fields}


class Nomad:
    def __init__(self) -> None:
        self.sent: list[str] = []
        self.index = 10
        self.versions_: list[Json] = []
        self.deployment: Json | None = None
        self.error: ApiError | None = None
        self.status = "running"
        self.put(spec())

    def put(self, job: Json, status: str = "successful", **group: t.Any) -> None:
        self.index += 10
        version = self.versions_[0]["Version"] + 1 if self.versions_ else 0
        stamp = {"Version": version, "JobModifyIndex": self.index, "ModifyIndex": self.index}
        self.versions_.insert(0, {**copy.deepcopy(job), **stamp, "Stable": True, "Stop": False})
        counts = {"DesiredCanaries": 0, "Promoted": False, "HealthyAllocs": 1, "DesiredTotal": 1}
        self.deployment = {
            "ID": f"d{version}",
            "JobVersion": version,
            "JobSpecModifyIndex": self.index,
            "CreateIndex": self.index,
            "Status": status,
            "TaskGroups": {"g": {**counts, **group}},
        }

    # What is read

    def find_job(self, job_id: str) -> Json | None:
        return copy.deepcopy(self.versions_[0]) if job_id == "web" else None

    def versions(self, job_id: str) -> list[Json]:
        return copy.deepcopy(self.versions_)

    def find_deployment(self, job_id: str) -> Json | None:
        return copy.deepcopy(self.deployment)

    def deployments(self, *args: t.Any) -> tuple[list[Json], int]:
        return ([copy.deepcopy(self.deployment)] if self.deployment else []), 1

    def evaluations(self, *args: t.Any) -> tuple[list[Json], int]:
        found = {"ID": "e", "CreateIndex": self.index, "JobModifyIndex": self.index}
        return [{**found, "Status": "complete", "TriggeredBy": "job-register"}], 1

    def allocations(self, *args: t.Any) -> tuple[list[Json], int]:
        state = {"State": "running", "Restarts": self.sent.count("restart a t"), "Events": []}
        version = self.versions_[0]["Version"]
        found = {"ID": "a", "Name": "web.g[0]", "TaskGroup": "g", "JobVersion": version}
        status = {"ClientStatus": self.status, "DesiredStatus": "run", "CreateIndex": 1}
        started = {"StartedAt": "2026-11-24T15:00:00Z"}
        return [{**found, **status, "TaskStates": {"t": {**state, **started}}}], 1

    def log(self, *args: t.Any) -> str:
        return ""

    # What is changed

    def _answer(self, what: str) -> Json:
        self.sent.append(what)
        if self.error:
            raise self.error
        return {"EvalID": "e", "RevertedJobVersion": None}

    def scale(self, job_id: str, group: str, count: int, index: int) -> Json:
        if index != self.versions_[0]["JobModifyIndex"]:
            raise ApiError("POST", "/scale", 500, "Enforcing job modify index 1: job exists with")
        self.put(spec(count))
        return self._answer(f"scale {group} {count}")

    def revert(self, job_id: str, version: int, current: int) -> Json:
        if current != self.versions_[0]["Version"]:
            raise ApiError("POST", "/revert", 500, "Current job has version 2; enforcing version 1")
        self.put(next(v for v in self.versions_ if v["Version"] == version))
        return self._answer(f"revert {version}")

    def evaluate_job(self, job_id: str, force: bool) -> Json:
        return self._answer(f"evaluate {force}")

    def restart_allocation(self, allocation: str, task: str) -> None:
        self._answer(f"restart {allocation} {task or 't'}")

    def promote_groups(self, deployment: str, groups: list[str]) -> Json:
        for group in groups:
            self.deployment["TaskGroups"][group]["Promoted"] = True  # type: ignore[index]
        return self._steered(f"promote {deployment} {groups}", "successful")

    def fail_deployment(self, deployment: str) -> Json:
        return self._steered(f"fail {deployment}", "failed")

    def pause_deployment(self, deployment: str, pause: bool) -> Json:
        return self._steered(f"pause {deployment} {pause}", "paused" if pause else "successful")

    def _steered(self, what: str, status: str) -> Json:
        assert self.deployment
        self.deployment["Status"] = status
        return self._answer(what)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PACE", 0.001)


def run(nomad: Nomad, action: str, check: bool = False, **params: t.Any) -> Json:
    module = started(nomad_job_action, check, **{"job_id": "web", "action": action, **params})
    return nomad_job_action.run(module, t.cast(t.Any, nomad))


# Scaling


def test_scaling_once() -> None:
    nomad = Nomad()
    first, second = (run(nomad, "scale", count=3, wait=False) for _run in range(2))
    assert (first["changed"], first["previous_count"], first["version"]) == (True, 1, 1)
    assert (second["changed"], second["version"]) == (False, 1)
    assert nomad.sent == ["scale g 3"]
    assert first["diff"]["after"] != first["diff"]["before"]
    assert "diff" not in second


def test_the_count_it_has_is_not_sent_even_while_a_deployment_goes_on() -> None:
    """Nomad refuses that, and makes a version and an evaluation of it at other times."""
    nomad = Nomad()
    nomad.put(spec(), "running", DesiredCanaries=1)
    assert not run(nomad, "scale", count=1)["changed"]
    assert nomad.sent == []


def test_a_deployment_that_does_not_end_by_itself_keeps_from_scaling() -> None:
    nomad = Nomad()
    nomad.put(spec(), "paused")
    with pytest.raises(FailedError, match="it is paused"):
        run(nomad, "scale", count=2)
    assert nomad.sent == []


def test_scaling_waits_for_a_deployment_only_as_long_as_it_may() -> None:
    nomad = Nomad()
    nomad.put(spec(), "running")
    with pytest.raises(WaitTimeoutError, match=r"while its deployment goes on \(group g: 1 of 1"):
        run(nomad, "scale", count=2, wait_timeout=0)
    with pytest.raises(FailedError, match="Set wait to true"):
        run(nomad, "scale", count=2, wait=False)
    assert nomad.sent == []


def test_what_an_earlier_run_began_is_waited_for() -> None:
    nomad = Nomad()
    nomad.put(spec(2), "running")
    nomad.versions_[0]["Stable"] = False
    running, failed = nomad.deployment, {**(nomad.deployment or {}), "Status": "failed"}
    nomad.find_deployment = lambda job_id: running  # type: ignore[method-assign]
    nomad.deployments = lambda *args: ([failed], 1)  # type: ignore[method-assign]
    with pytest.raises(FailedError, match=r"its deployment .*failed") as caught:
        run(nomad, "scale", count=2)
    assert caught.value.details["changed"] is False
    assert nomad.sent == []


def test_scaling_over_somebody_elses_change() -> None:
    nomad = Nomad()
    stale = nomad.find_job("web")
    nomad.put(spec())
    nomad.find_job = lambda job_id: stale  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="modified concurrently"):
        run(nomad, "scale", count=2)


# Reverting


def test_reverting_once() -> None:
    nomad = Nomad()
    nomad.put(spec(2, Meta={"password": "hunter22"}))
    first, second = (run(nomad, "revert", version=0, wait=False) for _run in range(2))
    assert (first["changed"], first["version"], first["reverted_to"]) == (True, 2, 0)
    assert (second["changed"], second["version"], second["reverted_to"]) == (False, 2, 0)
    assert nomad.sent == ["revert 0"]
    assert '"Count": 2' in first["diff"]["before"]
    assert "hunter22" not in str(first["diff"])


def test_reverting_to_a_tag_by_its_number() -> None:
    nomad = Nomad()
    nomad.put(spec(2))
    nomad.put(spec(3))
    for version in nomad.versions_:
        version["VersionTag"] = {"Name": "gold"} if version["Version"] == 1 else None
    assert run(nomad, "revert", version_tag="gold", wait=False)["reverted_to"] == 1
    assert nomad.sent == ["revert 1"]


def test_reverting_over_somebody_elses_change() -> None:
    nomad = Nomad()
    nomad.put(spec(2))
    stale = nomad.versions("web")
    nomad.put(spec(3))
    nomad.versions = lambda job_id: stale  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="modified concurrently"):
        run(nomad, "revert", version=0)


# Evaluations and restarts


def test_evaluating_each_time() -> None:
    nomad = Nomad()
    assert run(nomad, "evaluate")["changed"]
    assert run(nomad, "evaluate", force_reschedule=True)["eval_id"] == "e"
    assert nomad.sent == ["evaluate False", "evaluate True"]


def test_restarting() -> None:
    nomad = Nomad()
    result = run(nomad, "restart", task="t")
    assert result["changed"]
    assert [a["id"] for a in result["allocations"]] == ["a"]
    assert nomad.sent == ["restart a t"]


def test_nothing_runs_that_could_be_restarted() -> None:
    nomad = Nomad()
    nomad.status = "complete"
    assert not run(nomad, "restart")["changed"]


# Deployments


def test_promoting_once() -> None:
    nomad = Nomad()
    nomad.put(spec(), "running", DesiredCanaries=1)
    first, second = (run(nomad, "promote") for _run in range(2))
    assert (first["changed"], first["groups"]) == (True, ["g"])
    assert first["deployment"]["Status"] == "successful"
    assert (second["changed"], second["groups"]) == (False, [])
    assert nomad.sent == ["promote d1 ['g']"]


def test_canaries_that_are_not_healthy_are_not_promoted() -> None:
    nomad = Nomad()
    nomad.put(spec(), "running", DesiredCanaries=1, HealthyAllocs=0)
    with pytest.raises(UserError, match="not healthy yet"):
        run(nomad, "promote", wait=False)
    with pytest.raises(WaitTimeoutError) as caught:
        run(nomad, "promote", wait_timeout=0)
    assert caught.value.details["changed"] is False
    assert "promotion ready" in str(caught.value)
    assert nomad.sent == []


@pytest.mark.parametrize(
    ("action", "before", "after", "sent"),
    [
        ("fail", "running", "failed", "fail d1"),
        ("pause", "running", "paused", "pause d1 True"),
        ("resume", "paused", "successful", "pause d1 False"),
    ],
)
def test_steering_once(action: str, before: str, after: str, sent: str) -> None:
    nomad = Nomad()
    nomad.put(spec(), before)
    first, second = (run(nomad, action) for _run in range(2))
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["deployment"]["Status"] == second["deployment"]["Status"] == after
    assert nomad.sent == [sent]


def test_a_deployment_that_fails_after_its_promotion() -> None:
    nomad = Nomad()
    nomad.put(spec(), "running", DesiredCanaries=1)
    nomad.promote_groups = lambda *args: nomad._steered("promote", "failed")  # type: ignore[method-assign]
    with pytest.raises(FailedError, match=r"its deployment .*failed") as caught:
        run(nomad, "promote")
    assert caught.value.details["changed"]
    assert caught.value.details["deployment"]["Status"] == "failed"


# All of them

EACH: list[tuple[str, Json]] = [
    ("scale", {"count": 2}),
    ("restart", {}),
    ("revert", {"version": 0}),
    ("evaluate", {}),
    ("promote", {}),
    ("fail", {}),
    ("pause", {}),
]


def prepared(action: str) -> Nomad:
    nomad = Nomad()
    steered = action in ("promote", "fail", "pause")
    nomad.put(spec(), "running" if steered else "successful", DesiredCanaries=int(steered))
    if action == "revert":
        nomad.put(spec(2))
    return nomad


@pytest.mark.parametrize(("action", "params"), EACH)
def test_check_mode_predicts_and_changes_nothing(action: str, params: Json) -> None:
    nomad = prepared(action)
    before = copy.deepcopy(nomad.__dict__)
    predicted = run(nomad, action, check=True, **params)
    assert predicted["changed"]
    assert nomad.__dict__ == before
    done = run(nomad, action, **params)
    assert done["changed"]
    assert set(predicted) <= set(done)


@pytest.mark.parametrize(("action", "params"), [one for one in EACH if one[0] != "evaluate"])
def test_a_lost_answer_is_not_sent_again(action: str, params: Json) -> None:
    """An evaluation may be asked for twice; the client does that."""
    nomad = prepared(action)
    nomad.error = LOST
    assert run(nomad, action, **params)["changed"]
    assert len(nomad.sent) == 1


@pytest.mark.parametrize("action", ["scale", "revert"])
def test_a_lost_request_fails(action: str) -> None:
    nomad = prepared(action)

    def lost(*args: t.Any) -> Json:
        raise LOST

    setattr(nomad, action, lost)
    params = dict(EACH)[action]
    with pytest.raises(ApiError, match="the answer was lost"):
        run(nomad, action, **params)


def test_no_such_job() -> None:
    with pytest.raises(UserError, match="there is no job other"):
        run(Nomad(), "evaluate", job_id="other")


def test_an_option_of_another_action() -> None:
    with pytest.raises(UserError, match="count: action restart does not take it"):
        run(Nomad(), "restart", count=1)
