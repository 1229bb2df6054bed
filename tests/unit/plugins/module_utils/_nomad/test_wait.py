# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import wait
from ansible_collections.mlops.infra.plugins.module_utils._nomad.wait import Seen, Target

Json = dict[str, t.Any]
AIM = Target("x", version=3, modify_index=20, eval_id="e", type="service", counts={"g": 2})
BATCH = Target("x", version=3, modify_index=20, eval_id="e", type="batch", counts={"g": 2})
SYSTEM = Target("x", version=3, modify_index=20, eval_id="e", type="system", counts={"g": 1})


def evaluation(status: str = "complete", **fields: t.Any) -> Json:
    return {
        "ID": "e",
        "CreateIndex": 20,
        "JobModifyIndex": 20,
        "Status": status,
        "TriggeredBy": "job-register",
        **fields,
    }


def allocation(status: str = "running", **fields: t.Any) -> Json:
    return {
        "ID": "a",
        "JobVersion": 3,
        "TaskGroup": "g",
        "DesiredStatus": "run",
        "ClientStatus": status,
        "NextAllocation": "",
        "FollowupEvalID": "",
        **fields,
    }


def deployment(status: str, **group: t.Any) -> Json:
    return {
        "JobVersion": 3,
        "JobSpecModifyIndex": 20,
        "CreateIndex": 21,
        "Status": status,
        "StatusDescription": f"it is {status}",
        "TaskGroups": {"g": {"DesiredCanaries": 0, "HealthyAllocs": 1, "DesiredTotal": 2, **group}},
    }


def judged(goal: str, aim: Target, *allocations: Json, **seen: t.Any) -> tuple[str, str]:
    seen.setdefault("evaluations", [evaluation()])
    verdict = wait.judge(goal, aim, Seen(allocations=list(allocations), **seen))
    return verdict.outcome, verdict.why


@pytest.mark.parametrize("goal", wait.GOALS)
def test_nothing_counts_before_the_scheduler_has_looked(goal: str) -> None:
    seen = {"evaluations": [evaluation("pending")], "deployments": [deployment("successful")]}
    assert judged(goal, AIM, allocation(), allocation(), **seen)[0] == "pending"


@pytest.mark.parametrize("goal", wait.GOALS)
@pytest.mark.parametrize("aim", [AIM, BATCH])
def test_an_unplaceable_job_is_never_done(goal: str, aim: Target) -> None:
    blocked = evaluation(
        "blocked",
        ID="b",
        CreateIndex=22,
        FailedTGAllocs={"g": {"DimensionExhausted": {"memory": 1}}},
    )
    outcome, why = judged(goal, aim, evaluations=[blocked, evaluation()])
    assert outcome == "unplaceable"
    assert "memory" in why


def test_what_an_unplaceable_job_asked_for_is_named() -> None:
    missing = {"g": {"ConstraintFiltered": {"missing drivers": 1}}}
    blocked = evaluation("blocked", ID="b", CreateIndex=22, FailedTGAllocs=missing)
    group = {"Name": "g", "Tasks": [{"Driver": "podman"}]}
    job = {"ID": "x", "JobModifyIndex": 20, "TaskGroups": [group]}
    _outcome, why = judged("auto", wait.target(job, "e"), evaluations=[blocked, evaluation()])
    assert "missing drivers (podman)" in why


@pytest.mark.parametrize("goal", wait.GOALS)
def test_count_zero_is_done_when_scheduled(goal: str) -> None:
    aim = Target("x", 3, 20, "e", "service", {"g": 0})
    assert judged(goal, aim) == ("done", "")


@pytest.mark.parametrize(
    ("goal", "given", "outcome"),
    [
        ("auto", deployment("successful"), "done"),
        ("healthy", deployment("successful"), "done"),
        ("auto", deployment("running"), "pending"),
        ("auto", deployment("paused"), "pending"),
        ("auto", deployment("failed"), "failed"),
        ("healthy", deployment("cancelled"), "failed"),
        ("auto", deployment("running", DesiredCanaries=1), "done"),
        ("promotion_ready", deployment("running", DesiredCanaries=1), "done"),
        ("healthy", deployment("running", DesiredCanaries=1), "pending"),
        ("auto", deployment("running", DesiredCanaries=2), "pending"),
        ("auto", deployment("running", DesiredCanaries=1, Promoted=True), "pending"),
        ("auto", deployment("running", DesiredCanaries=1, AutoPromote=True), "pending"),
        ("scheduled", deployment("running"), "done"),
        ("running", deployment("successful"), "pending"),
    ],
)
def test_deployments(goal: str, given: Json, outcome: str) -> None:
    assert judged(goal, AIM, deployments=[given])[0] == outcome


def test_canaries_that_wait_are_done_with_a_note() -> None:
    seen = Seen([evaluation()], [deployment("running", DesiredCanaries=1)], [])
    assert "promotion" in wait.judge("auto", AIM, seen).note


def test_a_rolled_back_deployment_is_not_overlooked() -> None:
    newer = {**deployment("successful"), "JobVersion": 4, "JobSpecModifyIndex": 30}
    outcome, why = judged("auto", AIM, deployments=[newer, deployment("failed")])
    assert (outcome, why) == ("failed", "its deployment of version 3 failed: it is failed")


def test_the_deployment_of_a_purged_job_does_not_count() -> None:
    old = {**deployment("successful"), "JobSpecModifyIndex": 5}
    assert judged("auto", AIM, deployments=[old])[0] == "pending"


@pytest.mark.parametrize(
    ("goal", "aim", "allocations", "outcome"),
    [
        ("auto", BATCH, ["running", "running"], "done"),
        ("auto", BATCH, ["running", "complete"], "done"),
        ("auto", BATCH, ["running", "pending"], "pending"),
        ("auto", BATCH, ["running"], "pending"),
        ("auto", BATCH, [], "pending"),
        ("auto", BATCH, ["running", "failed"], "failed"),
        ("auto", BATCH, ["running", "lost"], "failed"),
        ("complete", BATCH, ["complete", "complete"], "done"),
        ("complete", BATCH, ["complete", "running"], "pending"),
        ("auto", AIM, ["running", "running"], "done"),
        ("auto", SYSTEM, ["running", "running", "running"], "done"),
        ("auto", SYSTEM, ["running", "pending"], "pending"),
        ("auto", SYSTEM, [], "done"),
    ],
)
def test_allocations(goal: str, aim: Target, allocations: list[str], outcome: str) -> None:
    assert judged(goal, aim, *map(allocation, allocations))[0] == outcome


@pytest.mark.parametrize(
    "fields",
    [
        {"JobVersion": 2},
        {"DesiredStatus": "stop"},
        {"NextAllocation": "b"},
        {"FollowupEvalID": "later"},
    ],
)
def test_failures_that_do_not_count(fields: Json) -> None:
    failed = allocation("failed", **fields)
    assert judged("complete", BATCH, failed, allocation("complete"))[0] == "pending"


def test_a_failure_is_final_only_when_no_evaluation_is_at_it() -> None:
    busy = evaluation("pending", ID="r", CreateIndex=25, TriggeredBy="alloc-failure")
    later = {**busy, "WaitUntil": "2026-11-23T06:00:00Z"}
    for extra, outcome in ((busy, "pending"), (later, "failed")):
        evaluations = [evaluation(), extra]
        assert judged("auto", BATCH, allocation("failed"), evaluations=evaluations)[0] == outcome


@pytest.mark.parametrize(
    ("trigger", "words"), [("job-deregister", "stopped"), ("job-register", "newer version")]
)
def test_somebody_elses_change_ends_the_wait(trigger: str, words: str) -> None:
    other = evaluation(ID="o", CreateIndex=30, JobModifyIndex=30, TriggeredBy=trigger)
    outcome, why = judged(
        "auto", BATCH, allocation(), allocation(), evaluations=[evaluation(), other]
    )
    assert outcome == "failed"
    assert words in why


def test_older_evaluations_do_not_count() -> None:
    old = evaluation("blocked", ID="o", CreateIndex=9, JobModifyIndex=9)
    assert judged("scheduled", BATCH, evaluations=[old, evaluation()]) == ("done", "")


def test_a_scheduler_that_gave_up() -> None:
    failed = evaluation("failed", StatusDescription="maximum attempts reached (5)")
    assert judged("auto", BATCH, evaluations=[failed]) == (
        "failed",
        "the scheduler gave up: maximum attempts reached (5)",
    )
    retried = {**failed, "NextEval": "n"}
    assert judged("auto", BATCH, evaluations=[retried])[0] == "pending"


def test_a_collected_evaluation_is_no_failure() -> None:
    assert judged("auto", BATCH, allocation(), allocation(), evaluations=[])[0] == "done"


def test_target() -> None:
    job = {
        "ID": "x",
        "Version": 1,
        "JobModifyIndex": 7,
        "Type": "batch",
        "TaskGroups": [{"Name": "a"}, {"Name": "b", "Count": 0}, {"Name": "c", "Count": 3}],
    }
    counts = {"a": 1, "b": 0, "c": 3}
    assert wait.target(job, "e") == Target("x", 1, 7, "e", "batch", counts, read_index=7, job=job)
    seen_later = wait.target({**job, "ModifyIndex": 9}, "e")
    assert seen_later.read_index == 9


GROUP = {"Name": "g", "Count": 1, "Update": {"MaxParallel": 1}}


@pytest.mark.parametrize(
    ("job", "unsettled"),
    [
        (None, False),
        ({"Type": "service", "Stable": False, "TaskGroups": [GROUP]}, True),
        ({"Type": "service", "Stable": True, "TaskGroups": [GROUP]}, False),
        ({"Type": "service", "Stable": False, "Stop": True, "TaskGroups": [GROUP]}, False),
        ({"Type": "batch", "Stable": False, "TaskGroups": [GROUP]}, False),
        ({"Type": "service", "TaskGroups": [{**GROUP, "Count": 0}]}, False),
        ({"Type": "service", "TaskGroups": [{**GROUP, "Update": {"MaxParallel": 0}}]}, False),
        ({"Type": "service", "TaskGroups": [{**GROUP, "Update": None}]}, False),
    ],
)
def test_unsettled(job: Json | None, unsettled: bool) -> None:
    assert wait.unsettled(job) is unsettled


@pytest.mark.parametrize(
    ("kind", "goal", "fits"),
    [
        ("service", "complete", False),
        ("system", "complete", False),
        ("batch", "complete", True),
        ("sysbatch", "complete", True),
        ("batch", "healthy", False),
        ("batch", "promotion_ready", False),
        ("service", "healthy", True),
        (None, "complete", False),
        ("batch", "auto", True),
    ],
)
def test_goals_that_make_no_sense(kind: str | None, goal: str, fits: bool) -> None:
    assert (wait.goal_problem({"Type": kind}, goal) == "") is fits


@pytest.mark.parametrize(
    ("states", "stopped"),
    [
        ([], True),
        (["complete", "failed", "lost"], True),
        (["running"], False),
        (["pending"], False),
    ],
)
def test_stopped(states: list[str], stopped: bool) -> None:
    assert wait.stopped([allocation(state) for state in states]) is stopped


@pytest.mark.parametrize(
    ("index", "known", "outcome"), [(21, 20, "failed"), (21, 21, "done"), (22, 21, "failed")]
)
def test_an_evaluation_of_an_index_that_is_known_is_nobody_elses(
    index: int, known: int, outcome: str
) -> None:
    aim = dataclasses.replace(AIM, read_index=known)
    other = evaluation(ID="f", CreateIndex=25, JobModifyIndex=index)
    found = wait.judge(
        "running", aim, Seen([evaluation(), other], [], [allocation(), allocation(ID="b")])
    )
    assert (found.outcome, found.overruled) == (outcome, outcome == "failed")


def test_the_evaluation_that_is_waited_for_overrules_nothing() -> None:
    own = evaluation(CreateIndex=30, JobModifyIndex=29)
    assert judged("scheduled", AIM, evaluations=[own])[0] == "done"


def test_a_time_out_says_that_somebody_has_to_promote() -> None:
    group = {"DesiredCanaries": 1, "HealthyAllocs": 1}
    outcome, why = judged("healthy", AIM, deployments=[deployment("running", **group)])
    assert outcome == "pending"
    assert why == "its canaries are healthy and await promotion (group g: 1 of 2 healthy)"


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({"ClientStatus": "failed"}, True),
        ({"ClientStatus": "lost"}, True),
        ({"ClientStatus": "complete"}, False),
        ({"ClientStatus": "failed", "NextAllocation": "b"}, False),
        ({"ClientStatus": "failed", "FollowupEvalID": "f"}, False),
        ({"ClientStatus": "failed", "JobVersion": 2}, False),
    ],
)
def test_lost_for_good(changes: Json, lost: bool) -> None:
    job = {"ID": "x", "Version": 3, "Type": "batch", "TaskGroups": [{"Name": "g"}]}
    assert wait.lost_for_good(job, [{**allocation(), **changes}]) is lost


@pytest.mark.parametrize(
    ("aim", "goal", "steady"),
    [(SYSTEM, "auto", 7), (AIM, "healthy", 7), (AIM, "running", 0), (AIM, "scheduled", 0)],
)
def test_tasks_without_a_deployment_have_to_run_for_a_while(
    aim: Target, goal: str, steady: float
) -> None:
    aim = dataclasses.replace(aim, steady=7)
    found = wait.judge(goal, aim, Seen([evaluation()], [], [allocation(), allocation(ID="b")]))
    assert (found.outcome, found.steady) == ("done", steady)


@pytest.mark.parametrize(
    ("kind", "update", "seconds"),
    [
        ("service", {"MinHealthyTime": 3_000_000_000}, 3),
        ("system", {"MinHealthyTime": 0}, 10),
        ("system", None, 10),
        ("batch", {"MinHealthyTime": 3_000_000_000}, 0),
        ("sysbatch", None, 0),
    ],
)
def test_how_long_that_is(kind: str, update: Json | None, seconds: float) -> None:
    job = {"ID": "x", "Type": kind, "TaskGroups": [{"Name": "g", "Update": update}]}
    assert wait.target(job, "").steady == seconds
