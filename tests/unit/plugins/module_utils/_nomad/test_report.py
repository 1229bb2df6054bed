# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import report
from ansible_collections.mlops.infra.plugins.module_utils._nomad.health import Unwell

Json = dict[str, t.Any]


def event(kind: str, message: str = "", **fields: t.Any) -> Json:
    return {"Type": kind, "DisplayMessage": message, "Time": 1795412162876741957, **fields}


ENDED = event("Terminated", "Exit Code: 3", ExitCode=3, Signal=0, Details={"oom_killed": "false"})
OOM = event("Terminated", "OOM", ExitCode=137, Signal=9, Details={"oom_killed": "true"})
KILLED = event("Terminated", "Killed", ExitCode=137, Signal=9, Details={})
FINE = event("Terminated", "Exit Code: 0", ExitCode=0, Signal=0, Details={})
PULL = event("Driver Failure", "Failed to pull `x`: no such host")
UNHEALTHY = 'healthcheck: check "answers" unhealthy'
BY_CHECK = event("Restart Signaled", UNHEALTHY)
INTERRUPTED = event("Terminated", "Exit Code: 130", ExitCode=130, Signal=2, Details={})
LATE = event("Alloc Unhealthy", "Task not running for min_healthy_time of 1s")
STARTED = event("Started", "Task started by client")
STOPPED = event("Not Restarting", "Policy allows no restarts")


def allocation(*events: Json, status: str = "failed", index: int = 5, **state: t.Any) -> Json:
    task = {"Events": list(events), "Failed": status == "failed", "Restarts": 0, **state}
    return {
        "ID": f"a{index}",
        "Name": "x.g[0]",
        "TaskGroup": "g",
        "NodeName": "node1",
        "JobVersion": 0,
        "CreateIndex": index,
        "ClientStatus": status,
        "DesiredStatus": "run",
        "TaskStates": {"t": task},
    }


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        ([ENDED, STOPPED], "it ended with exit code 3"),
        ([OOM, STOPPED], "it was killed for want of memory (exit code 137)"),
        ([KILLED], "it ended with exit code 137, signal 9"),
        ([PULL, STOPPED], "Driver Failure: Failed to pull `x`: no such host"),
        ([ENDED, PULL], "Driver Failure: Failed to pull `x`: no such host"),
        ([event("Setup Failure", "failed to setup alloc")], "Setup Failure: failed to setup alloc"),
        ([event("Failed Artifact Download", "404")], "Failed Artifact Download: 404"),
        ([], "no event tells why"),
        ([STARTED, BY_CHECK, INTERRUPTED, STOPPED], f"Restart Signaled: {UNHEALTHY}"),
        ([INTERRUPTED, STARTED, BY_CHECK, INTERRUPTED], f"Restart Signaled: {UNHEALTHY}"),
        ([BY_CHECK, INTERRUPTED, STARTED, ENDED], "it ended with exit code 3"),
        ([event("Restart Signaled", "User"), ENDED, STOPPED], "it ended with exit code 3"),
    ],
)
def test_cause(events: list[Json], cause: str) -> None:
    assert report.failures([allocation(*events)], 5)[0]["cause"] == cause


def test_the_sentence_names_where_what_and_the_last_line() -> None:
    failed = report.failures([allocation(ENDED)], 5)
    failed[0].update(stdout=["out"], stderr=["first", "boom", "  "])
    assert report.sentence(failed) == (
        "task t of group g on node node1: it ended with exit code 3; last log line: boom"
    )
    failed[0]["stderr"] = []
    assert report.sentence(failed).endswith("last log line: out")
    failed[0]["stdout"] = []
    assert report.sentence(failed).endswith("exit code 3")
    assert report.sentence([]) == ""


def test_only_what_went_wrong_is_reported_the_telling_first() -> None:
    given = [
        allocation(FINE, status="complete", index=1),
        allocation(event("Killing", "Sent interrupt"), index=9),
        allocation(ENDED, index=7),
        allocation(PULL, index=2),
        allocation(event("Started"), status="running", index=3),
    ]
    assert [f["allocation"] for f in report.failures(given, 5)] == ["a2", "a7", "a9"]
    assert len(report.failures(given, 1)) == 1


def test_a_restarting_task_is_a_failure_while_it_runs() -> None:
    again = allocation(ENDED, event("Restarting"), event("Started"), status="running", Restarts=1)
    failed = report.failures([again], 5)[0]
    assert (failed["restarts"], failed["exit_code"], failed["status"]) == (1, 3, "running")


def test_the_report_of_a_task() -> None:
    failed = report.failures([allocation(OOM, STOPPED)], 5)[0]
    assert failed["oom_killed"] is True
    assert failed["signal"] == 9
    assert failed["events"][-1] == {
        "time": "2026-11-23T05:36:02Z",
        "type": "Not Restarting",
        "message": "Policy allows no restarts",
    }


REFUSED: Json = {
    "name": "up",
    "service": "web",
    "status": "failure",
    "status_code": 0,
    "output": "connection refused",
}
SAID = "check up of service web does not pass: connection refused"
IN_CONSUL = Unwell(note="look in Consul")


@pytest.mark.parametrize(
    ("events", "unwell", "cause"),
    [
        ([STARTED, LATE], Unwell([REFUSED]), SAID),
        ([STARTED], Unwell([REFUSED]), SAID),
        ([STARTED, BY_CHECK], Unwell([REFUSED]), SAID),
        ([STARTED, event("Killing", "Sent interrupt")], Unwell([REFUSED]), SAID),
        ([STARTED, PULL], Unwell([REFUSED]), "Driver Failure: Failed to pull `x`: no such host"),
        ([STARTED, LATE], IN_CONSUL, f"Alloc Unhealthy: {LATE['DisplayMessage']}; look in Consul"),
        ([STARTED], IN_CONSUL, "it is not healthy; look in Consul"),
        ([STARTED, event("Killing", "Sent")], IN_CONSUL, "it is not healthy; look in Consul"),
        ([STARTED, BY_CHECK], IN_CONSUL, f"Restart Signaled: {UNHEALTHY}; look in Consul"),
    ],
)
def test_the_cause_of_an_allocation_that_is_not_healthy(
    events: list[Json], unwell: Unwell, cause: str
) -> None:
    found = report.failures([allocation(*events, status="running")], 5, {"a5": unwell})
    assert [(f["cause"], f["checks"]) for f in found] == [(cause, unwell.failing)]


def test_a_task_that_failed_tells_more_than_the_checks_of_another_allocation() -> None:
    given = [allocation(STARTED, status="running", index=9), allocation(ENDED, index=2)]
    found = report.failures(given, 5, {"a9": Unwell([REFUSED])})
    assert [f["allocation"] for f in found] == ["a2", "a9"]
    assert [f["checks"] for f in found] == [[], [REFUSED]]


def test_beside_a_task_that_failed_the_others_did_not() -> None:
    given = allocation(STARTED, LATE, status="running")
    given["TaskStates"]["side"] = {"Events": [STARTED], "Failed": False, "Restarts": 0}
    assert [f["task"] for f in report.failures([given], 5, {"a5": Unwell([REFUSED])})] == ["t"]


def test_summary() -> None:
    assert report.summary(allocation(ENDED)) == {
        "id": "a5",
        "name": "x.g[0]",
        "group": "g",
        "node": "node1",
        "job_version": 0,
        "status": "failed",
        "desired_status": "run",
        "exit_codes": {"t": 3},
    }
    pending = {**allocation(), "TaskStates": None}
    assert report.summary(pending)["exit_codes"] == {}


@pytest.mark.parametrize(
    ("starts", "ends", "seconds"),
    [
        (["2026-11-23T05:42:35.899658535Z"], ["2026-11-23T05:42:36.965868005Z"], 1.066),
        (["2026-11-23T05:42:35Z", "2026-11-23T05:42:40Z"], ["2026-11-23T05:42:50Z", None], 15.0),
        (["2026-11-23T05:42:35Z"], [None], None),
        ([None], [None], None),
    ],
)
def test_run_seconds(starts: list[str], ends: list[str], seconds: float | None) -> None:
    given = [
        {"TaskStates": {"t": {"StartedAt": start, "FinishedAt": end}}}
        for start, end in zip(starts, ends, strict=True)
    ]
    assert report.run_seconds(given) == seconds


def test_tail() -> None:
    assert report.tail("a\nb\nc\n", 2) == ["b", "c"]
    assert report.tail("a\n", 0) == []
    assert report.tail("", 5) == []


def test_progress() -> None:
    groups = {"g": {"HealthyAllocs": 1, "DesiredTotal": 3}}
    assert report.deployment_progress({"TaskGroups": groups}) == "group g: 1 of 3 healthy"
    assert report.deployment_progress({"TaskGroups": None}) == ""
