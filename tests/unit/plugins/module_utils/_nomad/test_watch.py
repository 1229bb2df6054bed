# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    WaitTimeoutError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import watch
from ansible_collections.mlops.infra.plugins.module_utils._nomad.wait import Seen, Target, Verdict

AIM = Target("x", version=0, modify_index=5, eval_id="e", type="batch", counts={"g": 1})
Json = dict[str, t.Any]


def allocation(status: str, **fields: t.Any) -> Json:
    return {
        "ID": "a1",
        "Name": "x.g[0]",
        "JobID": "x",
        "JobVersion": 0,
        "CreateIndex": 6,
        "TaskGroup": "g",
        "DesiredStatus": "run",
        "ClientStatus": status,
        "TaskStates": {},
        **fields,
    }


class Server:
    """Shows one state after another: each look at the allocations goes one further."""

    def __init__(self, *states: list[Json], blocked: bool = False) -> None:
        self.states = list(states)
        self.blocked = blocked
        self.waited: list[tuple[str, float]] = []

    def evaluations(self, job_id: str, index: int, wait: float) -> tuple[list[Json], int]:
        self.waited.append(("evaluations", wait))
        found = [{"ID": "e", "CreateIndex": 5, "JobModifyIndex": 5, "Status": "complete"}]
        if self.blocked:
            found.append({"ID": "b", "CreateIndex": 6, "JobModifyIndex": 5, "Status": "blocked"})
        return found, 7

    def allocations(self, job_id: str, index: int, wait: float) -> tuple[list[Json], int]:
        self.waited.append(("allocations", wait))
        return (self.states.pop(0) if len(self.states) > 1 else self.states[0]), 7

    all_allocations = allocations

    def deployments(self, job_id: str, index: int, wait: float) -> tuple[list[Json], int]:
        return [], 7

    def log(self, allocation: str, task: str, stream: str, size: int) -> str:
        if stream == "stdout":
            return "one\ntwo\nthree\n"
        raise ApiError("GET", "/v1/client/fs/logs", 404, "gone")


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PACE", 0.001)
    monkeypatch.setattr(watch, "GRACE", 0.05)


def until(server: Server, goal: str = "complete", timeout: float = 5, **patience: t.Any) -> str:
    found = watch.until(t.cast(t.Any, server), goal, AIM, watch.Patience(timeout, **patience))
    return found[0].outcome


def test_it_ends_with_the_goal() -> None:
    server = Server([], [allocation("pending")], [allocation("running")], [allocation("complete")])
    assert until(server) == "done"
    assert server.states == [[allocation("complete")]]


def test_it_waits_on_what_changes_next() -> None:
    server = Server([allocation("running")], [allocation("complete")])
    until(server)
    assert [name for name, seconds in server.waited if seconds > 0] == ["allocations"]


def test_a_failure_is_looked_at_twice() -> None:
    replaced = allocation("failed", NextAllocation="a2")
    server = Server([allocation("failed")], [replaced, allocation("complete", ID="a2")])
    assert until(server) == "done"
    assert until(Server([allocation("failed")])) == "failed"


def test_an_unplaceable_job_fails_soon_or_waits() -> None:
    assert until(Server([], blocked=True)) == "unplaceable"
    assert until(Server([], blocked=True), timeout=0.2, wait_for_room=True) == "unplaceable"


def test_a_time_out_shows_what_was_last_seen() -> None:
    server = Server([allocation("running")])
    verdict, seen = watch.until(t.cast(t.Any, server), "complete", AIM, watch.Patience(0.05))
    assert verdict.outcome == "pending"
    assert seen.allocations == [allocation("running")]
    error = watch.failure(
        t.cast(t.Any, server), AIM, "complete", verdict, seen, watch.Patience(0.05)
    )
    assert isinstance(error, WaitTimeoutError)
    assert str(error) == "Job x was not complete after 0.05 seconds: group g: 0 of 1 complete"
    assert error.details["allocations"][0]["status"] == "running"


def test_a_failure_comes_with_its_log() -> None:
    event = {"Type": "Terminated", "ExitCode": 3, "Time": 0}
    failed = allocation("failed", TaskStates={"t": {"Failed": True, "Events": [event]}})
    error = watch.failure(
        t.cast(t.Any, Server([])),
        AIM,
        "complete",
        Verdict("failed", "group g failed for good"),
        Seen(allocations=[failed]),
        watch.Patience(1, log_lines=2),
    )
    assert not isinstance(error, WaitTimeoutError)
    assert str(error).endswith("it ended with exit code 3; last log line: three")
    entry = error.details["failures"][0]
    assert entry["stdout"] == ["two", "three"]
    assert "answered 404" in entry["log_error"]


def test_no_log_is_read_when_none_is_wanted() -> None:
    assert watch.logs(t.cast(t.Any, None), "a", "t", 0) == {"stdout": [], "stderr": []}


def test_until_stopped() -> None:
    server = Server([allocation("running")], [allocation("complete")])
    watch.until_stopped(t.cast(t.Any, server), "x", 5)
    with pytest.raises(WaitTimeoutError, match="1 of its allocations still ran"):
        watch.until_stopped(t.cast(t.Any, Server([allocation("running")])), "x", 0.02)


SERVICE = replace(AIM, type="service", steady=0.05)


def until_steady(server: Server, timeout: float) -> Verdict:
    return watch.until(t.cast(t.Any, server), "auto", SERVICE, watch.Patience(timeout))[0]


def test_tasks_that_no_deployment_watches_have_to_run_for_a_while() -> None:
    server = Server([allocation("running")])
    assert until_steady(server, 5).outcome == "done"
    assert len(server.waited) > 6


def test_tasks_that_end_as_soon_as_they_run_are_no_success() -> None:
    server = Server([allocation("running")], [allocation("failed")])
    assert until_steady(server, 5).outcome == "failed"


def test_a_while_that_is_longer_than_the_wait() -> None:
    verdict = until_steady(Server([allocation("running")]), 0.02)
    assert (verdict.outcome, verdict.why) == (
        "pending",
        "its tasks run, but have not yet done so for 0.05 seconds",
    )


class Overruled(Server):
    """Somebody has the same job evaluated, or registers something newer."""

    def __init__(self, job_index: int) -> None:
        super().__init__([allocation("complete")])
        self.job = {"ID": "x", "JobModifyIndex": job_index, "ModifyIndex": 9}
        self.reads = 0

    def evaluations(self, job_id: str, index: int, wait: float) -> tuple[list[Json], int]:
        found, index = super().evaluations(job_id, index, wait)
        other = {"ID": "f", "CreateIndex": 8, "JobModifyIndex": 9, "Status": "complete"}
        return [*found, {**other, "TriggeredBy": "job-register"}], index

    def find_job(self, job_id: str) -> Json:
        self.reads += 1
        return self.job


def test_an_evaluation_of_the_same_version_overrules_nothing() -> None:
    server = Overruled(job_index=5)
    assert until(server) == "done"
    assert server.reads == 1


def test_a_newer_version_does() -> None:
    verdict, _seen = watch.until(
        t.cast(t.Any, Overruled(job_index=9)), "complete", AIM, watch.Patience(5)
    )
    assert (verdict.outcome, verdict.why) == (
        "failed",
        "somebody registered a newer version of the job meanwhile",
    )


class Canaries(Server):
    """Shows healthy canaries until they are promoted."""

    def __init__(self, refusal: str = "") -> None:
        super().__init__([])
        self.refusal = refusal
        self.promoted: list[str] = []
        self.status = "running"

    def deployments(self, job_id: str, index: int, wait: float) -> tuple[list[Json], int]:
        group = {"DesiredCanaries": 1, "HealthyAllocs": 1, "DesiredTotal": 2}
        found = {"ID": "d", "JobVersion": 0, "CreateIndex": 6, "Status": self.status}
        return [{**found, "TaskGroups": {"g": group}}], 7

    def promote_all(self, deployment_id: str) -> None:
        self.promoted.append(deployment_id)
        self.status = "failed" if self.refusal else "successful"
        if self.refusal:
            raise ApiError("POST", "/v1/deployment/promote", 500, self.refusal)


@pytest.mark.parametrize("promote", [True, False])
def test_canaries_are_promoted_on_request_only(promote: bool) -> None:
    server = Canaries()
    verdict, seen = watch.until(
        t.cast(t.Any, server), "healthy", SERVICE, watch.Patience(0.2, promote=promote)
    )
    assert verdict.outcome == ("done" if promote else "pending")
    assert seen.promoted is promote
    assert server.promoted == (["d"] if promote else [])


def test_a_deployment_that_failed_just_before_it_was_promoted() -> None:
    server = Canaries("can't promote terminal deployment")
    verdict, seen = watch.until(
        t.cast(t.Any, server), "healthy", SERVICE, watch.Patience(5, promote=True)
    )
    assert (verdict.outcome, seen.promoted) == ("failed", False)


def test_who_may_not_promote_is_told() -> None:
    with pytest.raises(ApiError, match="Permission denied"):
        watch.until(
            t.cast(t.Any, Canaries("Permission denied")),
            "healthy",
            SERVICE,
            watch.Patience(5, promote=True),
        )


class SlowLog(Server):
    """What a task wrote last arrives later than its exit code."""

    def __init__(self) -> None:
        super().__init__([])
        self.asked = 0

    def log(self, allocation: str, task: str, stream: str, size: int) -> str:
        self.asked += 1
        return "why" if self.asked > 4 and stream == "stderr" else ""


@pytest.mark.parametrize(
    ("code", "words"), [(3, "last log line: why"), (0, "exit code 0, signal 9")]
)
def test_the_last_words_of_a_task_are_waited_for(code: int, words: str) -> None:
    event = {"Type": "Terminated", "ExitCode": code, "Signal": 9, "Time": 0}
    failed = allocation("failed", TaskStates={"t": {"Failed": True, "Events": [event]}})
    server = SlowLog()
    error = watch.failure(
        t.cast(t.Any, server),
        AIM,
        "complete",
        Verdict("failed", "lost"),
        Seen(allocations=[failed]),
        watch.Patience(1),
    )
    assert str(error).endswith(words)
    assert server.asked == (6 if code else 2)


class Checked(Server):
    """What its deployment waits for is a check that does not pass."""

    def __init__(self, refusal: str = "") -> None:
        super().__init__([])
        self.refusal = refusal
        self.checked: list[str] = []

    def checks(self, allocation: str) -> list[Json]:
        self.checked.append(allocation)
        if self.refusal:
            raise ApiError("GET", "/v1/client/allocation/a1/checks", 500, self.refusal)
        return [{"Check": "up", "Service": "web", "Status": "failure", "Output": "refused"}]


def with_check(provider: str = "nomad") -> Target:
    services = [{"Name": "web", "Provider": provider, "Checks": [{"Name": "up", "Type": "tcp"}]}]
    job = {"TaskGroups": [{"Name": "g", "Services": services, "Tasks": []}]}
    return replace(AIM, type="service", job=job)


DEPLOYMENT: Json = {"JobVersion": 0, "CreateIndex": 6, "Status": "failed"}


def unhealthy(server: Server, aim: Target, goal: str = "auto", **seen: t.Any) -> Json:
    """The failure that is reported of one allocation that runs."""
    task = {"Failed": False, "Events": [{"Type": "Alloc Unhealthy", "Time": 0}]}
    seen = {"status": "running", "deployments": [DEPLOYMENT], **seen}
    given = allocation(
        seen.pop("status"), TaskStates={"t": task}, DeploymentStatus=seen.pop("well", None)
    )
    error = watch.failure(
        t.cast(t.Any, server),
        aim,
        goal,
        Verdict("failed", "its deployment failed"),
        Seen(allocations=[given], **seen),
        watch.Patience(1, log_lines=0),
    )
    return t.cast(Json, error.details["failures"][0])


def test_a_check_that_does_not_pass_is_asked_for_what_it_said() -> None:
    server = Checked()
    found = unhealthy(server, with_check())
    assert found["cause"] == "check up of service web does not pass: refused"
    assert [check["output"] for check in found["checks"]] == ["refused"]
    assert server.checked == ["a1"]


@pytest.mark.parametrize(
    ("aim", "seen"),
    [
        (AIM, {}),
        (with_check("consul"), {}),
        (with_check(), {"goal": "running"}),
        (with_check(), {"deployments": []}),
        (with_check(), {"well": {"Healthy": True}}),
        (with_check(), {"well": {"Healthy": False}, "status": "complete"}),
    ],
)
def test_nobody_is_asked_who_does_not_know(aim: Target, seen: Json) -> None:
    server = Checked()
    found = unhealthy(server, aim, **seen)
    assert found["cause"].startswith("Alloc Unhealthy")
    assert (server.checked, found["checks"]) == ([], [])


def test_a_node_that_cannot_be_asked_is_no_second_failure() -> None:
    found = unhealthy(Checked("No path to node"), with_check())
    assert found["cause"].startswith("Alloc Unhealthy; its checks could not be asked for: ")
    assert "No path to node" in found["cause"]
