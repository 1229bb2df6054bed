# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

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
