# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of other tools that ours must not have: B1 to B6 community.general's nomad_job, B15 to B17
terraform-provider-nomad's job resource."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import wait
from ansible_collections.mlops.infra.tests.unit.plugins.modules.nomad_in_memory import (
    Nomad,
    run_module,
    spec,
)

Json = dict[str, t.Any]


def test_b01_absent_by_json_text_stops_the_job(nomad: Nomad) -> None:
    nomad.put(spec())
    text = json.dumps(spec())
    assert run_module(nomad, state="absent", content=text, content_format="json")["changed"]
    assert nomad.jobs["x"]["Stop"]


def test_b02_absent_of_an_unregistered_job_is_unchanged(nomad: Nomad) -> None:
    result = run_module(nomad, state="absent", name="x")
    assert (result["changed"], result["result"]) == (False, {})


@pytest.mark.parametrize("purge", [False, True])
def test_b03_absent_of_a_job_that_ended_stops_or_removes_it(nomad: Nomad, purge: bool) -> None:
    nomad.put(spec(), Status="dead")
    assert run_module(nomad, state="absent", name="x", purge=purge)["changed"]
    assert ("x" not in nomad.jobs) is purge
    assert purge or nomad.jobs["x"]["Stop"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_b04_a_job_is_found_by_its_id_not_by_its_name(nomad: Nomad, state: str) -> None:
    given = spec(ID="x", Name="another")
    nomad.put(given)
    result = run_module(nomad, jobspec=given, state=state)
    assert (result["job_id"], result["changed"]) == ("x", state == "absent")


def test_b05_force_start_of_a_new_job_registers_once(nomad: Nomad) -> None:
    first = run_module(nomad, content=json.dumps(spec()), content_format="json", force_start=True)
    assert first["changed"]
    assert nomad.calls.count("register") == 1
    nomad.jobs["x"]["Status"] = "pending"
    again = run_module(nomad, content=json.dumps(spec()), content_format="json", force_start=True)
    assert not again["changed"]


def test_b06_json_may_be_wrapped_in_job(nomad: Nomad) -> None:
    text = json.dumps({"Job": spec()})
    assert run_module(nomad, content=text, content_format="json")["changed"]
    assert "x" in nomad.jobs


def test_b06_hcl_takes_variables_a_namespace_and_keeps_its_source(nomad: Nomad) -> None:
    source = 'variable "n" {}\njob "x" {}'
    run_module(nomad, content=source, variables={"n": 1}, namespace="ns")
    assert nomad.where == ("ns", "")
    assert nomad.jobs["x"]["spec"]["Namespace"] == "ns"
    assert nomad.beside["Submission"]["Source"] == source


def test_b15_a_canceled_evaluation_is_not_waited_for() -> None:
    """The API writes it with one l: another evaluation has placed the job."""
    aim = wait.Target("x", 0, 5, "e", "batch", {"g": 1})
    own = {"ID": "e", "CreateIndex": 5, "JobModifyIndex": 5, "Status": "canceled"}
    there = {"JobVersion": 0, "TaskGroup": "g", "DesiredStatus": "run", "ClientStatus": "complete"}
    assert wait.judge("complete", aim, wait.Seen([own], [], [there])).outcome == "done"
    assert wait.judge("complete", aim, wait.Seen([own], [], [])).outcome == "pending"


def test_b16_a_job_is_registered_only_over_what_was_compared(nomad: Nomad) -> None:
    nomad.put(spec())
    nomad.before_register = lambda: nomad.put(spec(Priority=99))
    with pytest.raises(ConflictError, match="modified concurrently"):
        run_module(nomad, jobspec=spec(Priority=60))
    assert nomad.jobs["x"]["Priority"] == 99


def test_b16_a_plan_that_fails_is_an_error(nomad: Nomad) -> None:
    def refuses(job: Json) -> Json:
        raise ApiError("POST", "/v1/job/x/plan", 500, "1 error occurred:\n\t* bad group\n\n")

    nomad.plan = refuses  # type: ignore[method-assign]
    with pytest.raises(UserError, match="Nomad does not accept job x: bad group"):
        run_module(nomad, jobspec=spec())
    assert nomad.jobs == {}


def test_b17_a_job_that_stays_blocked_is_a_failure(nomad: Nomad) -> None:
    evaluations = nomad.evaluations

    def blocked(job_id: str, index: int = 0, wait: float = 0) -> tuple[list[Json], int]:
        found, index = evaluations(job_id)
        stuck = {"ID": "b", "CreateIndex": 99, "Status": "blocked", "FailedTGAllocs": {}}
        return [*found, stuck], index

    nomad.evaluations = blocked  # type: ignore[method-assign]
    with pytest.raises(FailedError, match="no node can take it"):
        run_module(nomad, jobspec=spec())


def test_b17_a_job_without_a_deployment_is_waited_for(nomad: Nomad) -> None:
    nomad.status = "pending"
    with pytest.raises(FailedError, match="group g: 0 of 1 running"):
        run_module(nomad, jobspec=spec(), wait_timeout=0)
