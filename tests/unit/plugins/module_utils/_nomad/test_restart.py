# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    FailedError,
    WaitTimeoutError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import rolling, watch
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.module_utils._nomad.restart import Roll

Json = dict[str, t.Any]
CHECKED = {"Services": [{"Provider": "nomad", "Checks": [{}]}]}


class Nomad:
    """Tasks come back one look after their restart; time passes only in pauses and looks."""

    def __init__(self, count: int = 3) -> None:
        self.time = 0.0
        self.done: list[str] = []
        self.tasks = {f"a{n}": {"State": "running", "Restarts": 0} for n in range(count)}
        self.status = dict.fromkeys(self.tasks, "running")
        self.after = 1  # restarts that each restart leads to
        self.error: ApiError | None = None
        self.sick_after = 0.0
        self.check = {"Check": "up", "Status": "success", "Timestamp": 1795532401}

    def restart_allocation(self, allocation: str, task: str) -> None:
        self.done.append(allocation)
        self.tasks[allocation]["Restarts"] += self.after  # type: ignore[operator]
        if self.error:
            raise self.error

    def allocations(self, job_id: str, index: int = 0, wait: float = 0) -> tuple[list[Json], int]:
        self.time += wait
        if self.sick_after and self.time >= self.sick_after:
            self.status["a0"] = "failed"
        return [
            {
                "ID": name,
                "Name": f"web.g[{number}]",
                "TaskGroup": "g",
                "JobVersion": 0,
                "CreateIndex": 1,
                "ClientStatus": self.status[name],
                "DesiredStatus": "run",
                "TaskStates": {"t": {**state, "StartedAt": "2026-11-24T15:00:00Z", "Events": []}},
            }
            for number, (name, state) in enumerate(self.tasks.items())
        ], 7

    def checks(self, allocation: str) -> list[Json]:
        return [self.check]

    def log(self, *args: t.Any) -> str:
        return "last words\n"

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def roll(
    nomad: Nomad, size: str = "1", wait: bool = True, pause: float = 0, **group: t.Any
) -> Roll:
    job = {"ID": "web", "TaskGroups": [{"Name": "g", **group}]}
    patience = watch.Patience(60.0)
    client = t.cast(t.Any, nomad)
    made = Roll(client, job, "", patience, now=lambda: nomad.time, sleep=nomad.sleep)
    found = rolling.candidates(nomad.allocations("web")[0], None, None)
    made.run(rolling.batches(found, size), wait, pause)
    return made


def test_all_are_restarted_once_and_in_order() -> None:
    nomad = Nomad()
    result = roll(nomad).result
    assert nomad.done == ["a0", "a1", "a2"]
    assert result["changed"]
    assert [a["id"] for a in result["allocations"]] == ["a0", "a1", "a2"]


def test_nothing_to_restart() -> None:
    assert roll(Nomad(0)).result == {"changed": False, "allocations": []}


def test_the_next_batch_waits_for_the_min_healthy_time() -> None:
    nomad = Nomad()
    roll(nomad, Update={"MinHealthyTime": 5_000_000_000})
    assert 15 <= nomad.time <= 20


def test_without_waiting_no_time_passes() -> None:
    nomad = Nomad()
    roll(nomad, wait=False, Update={"MinHealthyTime": 5_000_000_000})
    assert nomad.done == ["a0", "a1", "a2"]
    assert nomad.time == 0


def test_a_bad_batch_ends_it() -> None:
    nomad = Nomad()
    nomad.after = 2
    with pytest.raises(FailedError, match="task t ended again after its restart") as caught:
        roll(nomad)
    assert nomad.done == ["a0"]
    assert caught.value.details["changed"]
    assert caught.value.details["failures"][0]["stdout"] == ["last words"]


def test_what_goes_down_in_the_pause_ends_it() -> None:
    nomad = Nomad()
    nomad.sick_after = 10
    with pytest.raises(FailedError, match=r"web\.g\[0\] is failed"):
        roll(nomad, pause=20)
    assert nomad.done == ["a0"]


def test_the_last_batch_is_followed_by_no_pause() -> None:
    nomad = Nomad(2)
    roll(nomad, pause=20)
    assert 20 <= nomad.time < 25


def test_a_check_that_does_not_succeed() -> None:
    nomad = Nomad()
    nomad.check["Status"] = "failure"
    nomad.check["Output"] = "no route"
    with pytest.raises(WaitTimeoutError) as caught:
        roll(nomad, **CHECKED)
    assert nomad.done == ["a0"]
    assert "not all restarted allocations were well after 60 seconds" in str(caught.value)
    assert "check up of allocation web.g[0]: no route" in str(caught.value)


def test_a_lost_answer_is_no_second_restart() -> None:
    nomad = Nomad(1)
    nomad.error = UnavailableError("POST", "/restart", 0, "reset", "lost")
    roll(nomad)
    assert nomad.done == ["a0"]
    assert nomad.tasks["a0"]["Restarts"] == 1


def test_a_lost_request_fails() -> None:
    nomad = Nomad(1)
    nomad.after = 0
    nomad.error = UnavailableError("POST", "/restart", 0, "reset", "lost")
    with pytest.raises(FailedError, match="lost") as caught:
        roll(nomad)
    assert caught.value.details["changed"] is False


def test_what_was_restarted_before_an_error_is_told() -> None:
    class Gone(Nomad):
        def restart_allocation(self, allocation: str, task: str) -> None:
            if allocation == "a1":
                raise ApiError("POST", "/restart", 404, "No path to node")
            super().restart_allocation(allocation, task)

    with pytest.raises(FailedError, match="No path to node") as caught:
        roll(Gone())
    assert caught.value.details["changed"]
    assert [a["id"] for a in caught.value.details["allocations"]] == ["a0"]
