# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import rolling
from ansible_collections.mlops.infra.plugins.module_utils._nomad.rolling import Candidate

Json = dict[str, t.Any]


def task(state: str = "running", restarts: int = 0, **fields: t.Any) -> Json:
    started = "2026-11-24T15:00:00.5Z"
    return {"State": state, "Restarts": restarts, "StartedAt": started, "Failed": False, **fields}


def allocation(number: int = 0, group: str = "g", **fields: t.Any) -> Json:
    return {
        "ID": f"{group}{number}",
        "Name": f"web.{group}[{number}]",
        "TaskGroup": group,
        "ClientStatus": "running",
        "DesiredStatus": "run",
        "TaskStates": {"t": task()},
        **fields,
    }


def test_candidates_in_the_order_of_their_numbers() -> None:
    found = rolling.candidates([allocation(n) for n in (10, 9, 0)], None, None)
    assert [c.id for c in found] == ["g0", "g9", "g10"]


@pytest.mark.parametrize(
    "fields",
    [
        {"ClientStatus": "pending"},
        {"ClientStatus": "complete"},
        {"DesiredStatus": "stop"},
        {"TaskStates": None},
        {"TaskStates": {"t": task("dead")}},
    ],
)
def test_what_does_not_run_is_not_restarted(fields: Json) -> None:
    assert rolling.candidates([allocation(**fields)], None, None) == []


def test_only_the_named_group_and_task() -> None:
    states = {"t": task(restarts=2), "u": task(), "init": task("dead")}
    given = [allocation(TaskStates=states), allocation(group="h")]
    both = rolling.candidates(given, None, None)
    assert [(c.id, c.restarts) for c in both] == [("g0", {"t": 2, "u": 0}), ("h0", {"t": 0})]
    assert [c.id for c in rolling.candidates(given, "h", None)] == ["h0"]
    assert [(c.id, c.restarts) for c in rolling.candidates(given, None, "u")] == [("g0", {"u": 0})]


def test_tasks_that_are_not_there() -> None:
    job = {"ID": "web", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t"}]}]}
    rolling.check_task(job, None, None)
    rolling.check_task(job, "g", "t")
    with pytest.raises(UserError, match=r"no task x there\. It has t"):
        rolling.check_task(job, None, "x")


@pytest.mark.parametrize(
    ("count", "size", "sizes"),
    [
        (3, "1", [1, 1, 1]),
        (3, "2", [2, 1]),
        (3, "9", [3]),
        (4, "50%", [2, 2]),
        (5, "25%", [2, 2, 1]),
        (3, "1%", [1, 1, 1]),
        (3, "100%", [3]),
        (3, " 2 ", [2, 1]),
        (0, "25%", []),
    ],
)
def test_batches(count: int, size: str, sizes: list[int]) -> None:
    given = [Candidate(str(n), "g", {}) for n in range(count)]
    found = rolling.batches(given, size)
    assert [len(batch) for batch in found] == sizes
    assert [c for batch in found for c in batch] == given


@pytest.mark.parametrize("size", ["0", "-1", "x", "0%", "1.5", "", "10 %"])
def test_sizes_that_are_none(size: str) -> None:
    with pytest.raises(UserError, match="batch_size"):
        rolling.batches([], size)


ONE = Candidate("g0", "g", {"t": 0})


@pytest.mark.parametrize(
    ("given", "outcome", "words"),
    [
        (None, rolling.FAILED, "is gone"),
        (allocation(), rolling.PENDING, "task t was not restarted yet"),
        (allocation(TaskStates={"t": task(restarts=1)}), rolling.DONE, ""),
        (allocation(TaskStates={"t": task("pending", 1)}), rolling.PENDING, "not running yet"),
        (allocation(TaskStates={"t": task("running", 2)}), rolling.FAILED, "ended again"),
        (allocation(TaskStates={"t": task("dead", 1, Failed=True)}), rolling.FAILED, "failed"),
        (allocation(TaskStates={"t": task("dead", 1)}), rolling.DONE, ""),
        (allocation(ClientStatus="failed"), rolling.FAILED, "is failed"),
        (allocation(ClientStatus="lost"), rolling.FAILED, "is lost"),
        (allocation(DesiredStatus="stop"), rolling.FAILED, "meant to stop"),
    ],
)
def test_states(given: Json | None, outcome: str, words: str) -> None:
    found = rolling.state(ONE, given)
    assert (found.outcome, words in found.why) == (outcome, True)


STARTED = 1795532400  # when task() started, in whole seconds


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ""),
        ({"Timestamp": STARTED}, "not made since the restart"),
        ({"Timestamp": STARTED - 9}, "not made since the restart"),
        ({"Status": "failure", "Output": "no route"}, "no route"),
        ({"Status": "pending"}, "check up"),
        ({"Status": "failure", "Mode": "readiness"}, ""),
    ],
)
def test_checks(fields: Json, words: str) -> None:
    check = {"Check": "up", "Mode": "healthiness", "Status": "success", "Timestamp": STARTED + 1}
    said = rolling.unchecked(ONE, allocation(), [{**check, **fields}])
    assert bool(said) == bool(words)
    assert words in said


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ({}, False),
        ({"Services": [{"Provider": "nomad", "Checks": [{}]}]}, True),
        ({"Services": [{"Provider": "nomad", "Checks": None}]}, False),
        ({"Services": [{"Provider": "consul", "Checks": [{}]}]}, False),
        ({"Tasks": [{"Services": [{"Provider": "nomad", "Checks": [{}]}]}]}, True),
    ],
)
def test_whether_nomad_checks_anything(group: Json, expected: bool) -> None:
    job = {"TaskGroups": [{"Name": "g", **group}]}
    assert rolling.has_checks(job, "g") is expected
    assert not rolling.has_checks(job, "h")


def test_min_healthy_time() -> None:
    job = {"TaskGroups": [{"Name": "g", "Update": {"MinHealthyTime": 1500000000}}, {"Name": "h"}]}
    assert rolling.min_healthy_seconds(job, "g") == 1.5
    assert rolling.min_healthy_seconds(job, "h") == 0
