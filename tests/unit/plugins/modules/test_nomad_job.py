# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module decides and asks for, against a Nomad in memory that counts requests."""

from __future__ import annotations

import copy
import importlib
import json
import typing as t

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ConflictError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import watch
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_job, nomad_job_dispatch
from ansible_collections.mlops.infra.tests.unit.plugins.modules.nomad_in_memory import (
    Nomad,
    spec,
)
from ansible_collections.mlops.infra.tests.unit.plugins.modules.nomad_in_memory import (
    run_module as run,
)
from ansible_collections.mlops.infra.tests.unit.plugins.modules.started import started

Json = dict[str, t.Any]
NO_ROOM = {"g": {"DimensionExhausted": {"memory": 1}}}


def test_create_again_change(nomad: Nomad) -> None:
    first = run(nomad, jobspec=spec())
    assert (first["changed"], first["version"], first["eval_id"]) == (True, 0, "e11")
    assert first["allocations"][0]["status"] == "running"
    again = run(nomad, jobspec=spec())
    assert (again["changed"], again["version"], again["eval_id"]) == (False, 0, "")
    changed = run(nomad, jobspec=spec(Priority=60))
    assert (changed["changed"], changed["version"]) == (True, 1)


def test_an_unchanged_job_costs_three_requests_and_two_from_the_apis_json(nomad: Nomad) -> None:
    run(nomad, jobspec="job {}", variables={})
    run(nomad, jobspec="job {}")
    assert nomad.calls == ["parse", "read", "plan"]
    run(nomad, jobspec=spec(Meta={"variables": ""}))
    assert nomad.calls == ["read", "plan"]


def test_check_mode_predicts_and_changes_nothing(nomad: Nomad) -> None:
    for prepared in (lambda: None, lambda: nomad.put(spec())):
        prepared()
        for given in (spec(), spec(Priority=60)):
            before = copy.deepcopy(nomad.jobs)
            predicted = run(nomad, jobspec=given, check=True)
            assert nomad.jobs == before
            assert "register" not in nomad.calls
            copied = copy.deepcopy(nomad)
            assert predicted["changed"] == run(copied, jobspec=given)["changed"]


def test_a_stopped_job_is_started_again(nomad: Nomad) -> None:
    nomad.put(spec(), Stop=True)
    result = run(nomad, jobspec=spec())
    assert result["changed"]
    assert not nomad.jobs["x"]["Stop"]


@pytest.mark.parametrize("purge", [False, True])
def test_absent_and_absent_again(nomad: Nomad, purge: bool) -> None:
    nomad.put(spec())
    assert run(nomad, state="absent", job_id="x", purge=purge, check=True)["changed"]
    first = run(nomad, state="absent", job_id="x", purge=purge)
    assert (first["changed"], first["eval_id"]) == (True, "stopped")
    assert ("x" in nomad.jobs) is not purge
    assert not run(nomad, state="absent", job_id="x", purge=purge)["changed"]
    assert nomad.calls == ["read"]


def test_a_stopped_job_can_be_purged(nomad: Nomad) -> None:
    nomad.put(spec(), Stop=True)
    assert not run(nomad, state="absent", job_id="x")["changed"]
    assert run(nomad, state="absent", job_id="x", purge=True)["changed"]


@pytest.mark.parametrize("form", ["json", "auto"])
def test_absent_from_json_text(nomad: Nomad, form: str) -> None:
    nomad.put(spec())
    text = json.dumps({"Job": spec()})
    assert run(nomad, state="absent", content=text, content_format=form)["changed"]


def test_absent_of_a_job_that_ended(nomad: Nomad) -> None:
    nomad.put(spec(), Status="dead")
    assert run(nomad, state="absent", name="x")["changed"]


def test_a_conflict_is_compared_once_more(nomad: Nomad) -> None:
    def other() -> None:
        nomad.before_register = lambda: None
        nomad.put(spec(Priority=99))

    nomad.put(spec())
    nomad.before_register = other
    result = run(nomad, jobspec=spec(Priority=60))
    assert result["changed"]
    assert nomad.calls.count("register") == 2
    assert nomad.jobs["x"]["Priority"] == 60
    assert result["version"] == 2


def test_a_plan_against_something_newer_is_made_again(nomad: Nomad) -> None:
    nomad.put(spec())
    read = nomad.find_job

    def read_then_changed(job_id: str) -> Json | None:
        found = read(job_id)
        nomad.find_job = read  # type: ignore[method-assign]
        nomad.put(spec(Priority=60))
        return found

    nomad.find_job = read_then_changed  # type: ignore[method-assign]
    result = run(nomad, jobspec=spec(Priority=60), check=True)
    assert (result["changed"], result["version"]) == (False, 1)
    assert nomad.calls.count("plan") == 2


def test_who_loses_twice_fails(nomad: Nomad) -> None:
    nomad.put(spec())
    nomad.before_register = lambda: nomad.put(spec(Priority=99))
    with pytest.raises(ConflictError, match="modified concurrently"):
        run(nomad, jobspec=spec(Priority=60))
    assert nomad.calls.count("register") == 2


def test_somebody_else_did_the_same(nomad: Nomad) -> None:
    nomad.before_register = lambda: nomad.put(spec())
    assert not run(nomad, jobspec=spec())["changed"]
    assert nomad.jobs["x"]["Version"] == 0


def test_a_lost_answer_is_found_out_without_registering_again(nomad: Nomad) -> None:
    nomad.lose_answer = True
    result = run(nomad, jobspec=spec())
    assert (result["changed"], result["eval_id"]) == (True, "e11")
    assert nomad.calls.count("register") == 1


def test_a_lost_request_fails(nomad: Nomad) -> None:
    def lost() -> None:
        raise UnavailableError("POST", "/v1/jobs", 0, "reset", "lost")

    nomad.before_register = lost
    with pytest.raises(UnavailableError, match="lost"):
        run(nomad, jobspec=spec())
    assert nomad.jobs == {}


@pytest.mark.parametrize("text", ["lost", "rpc error: EOF"])
def test_it_does_not_matter_how_the_answer_was_lost(nomad: Nomad, text: str) -> None:
    register = nomad.register

    def carried_out(job: Json, modify_index: int, beside: Json) -> Json:
        register(job, modify_index, beside)
        raise UnavailableError("POST", "/v1/jobs", 500, text, text)

    nomad.register = carried_out  # type: ignore[method-assign]
    assert run(nomad, jobspec=spec())["changed"]
    assert nomad.calls.count("register") == 1


@pytest.mark.parametrize("wait", [True, False])
def test_who_is_overtaken_is_told(nomad: Nomad, wait: bool) -> None:
    nomad.after_register = lambda: nomad.put(spec(Priority=99))
    if wait:
        with pytest.raises(FailedError, match="another version right after") as caught:
            run(nomad, jobspec=spec())
        assert caught.value.details["changed"]
    else:
        assert run(nomad, jobspec=spec(), wait=False)["changed"]


@pytest.mark.parametrize("wait", [True, False])
def test_who_overwrites_what_it_has_not_compared_is_told(nomad: Nomad, wait: bool) -> None:
    nomad.put(spec())
    accepts = nomad.register

    def too_late(job: Json, modify_index: int, beside: Json) -> Json:
        nomad.put(spec(Priority=99))
        return accepts(job, nomad.index, beside)

    nomad.register = too_late  # type: ignore[method-assign]
    if wait:
        with pytest.raises(FailedError, match="version 2 has taken its place") as caught:
            run(nomad, jobspec=spec(Priority=60))
        assert caught.value.details["changed"]
    else:
        assert run(nomad, jobspec=spec(Priority=60), wait=False)["changed"]


def test_who_registers_the_same_at_the_same_moment_has_lost_nothing(nomad: Nomad) -> None:
    nomad.after_register = lambda: nomad.put(spec())
    assert run(nomad, jobspec=spec())["version"] == 1


@pytest.mark.parametrize("status", ["pending", "complete"])
def test_updates_that_the_scheduler_is_about_to_make_are_no_change(
    nomad: Nomad, status: str
) -> None:
    nomad.put(spec())
    nomad.updates = {"g": {"InPlaceUpdate": 1}}

    def evaluations(*_args: t.Any) -> tuple[list[Json], int]:
        if status == "complete":  # and what it decided is carried out
            nomad.updates = {}
        return [{"ID": "e11", "JobModifyIndex": 11, "Status": status}], 1

    nomad.evaluations = evaluations  # type: ignore[method-assign]
    assert not run(nomad, jobspec=spec(), wait=False)["changed"]
    assert "register" not in nomad.calls


@pytest.mark.parametrize(("index", "status"), [(10, "pending"), (11, "complete")])
def test_updates_that_nobody_is_about_to_make_are_a_change(
    nomad: Nomad, index: int, status: str
) -> None:
    nomad.put(spec())
    nomad.updates = {"g": {"InPlaceUpdate": 1}}
    found = {"ID": "e11", "JobModifyIndex": index, "Status": status}
    nomad.evaluations = lambda *_args: ([found], 1)  # type: ignore[method-assign]
    assert run(nomad, jobspec=spec(), wait=False)["changed"]


def test_a_difference_that_the_server_does_not_see_is_no_change(nomad: Nomad) -> None:
    nomad.put(spec())
    nomad.plan = lambda job: {  # type: ignore[method-assign]
        "Diff": {"Type": "Edited"},
        "JobModifyIndex": 11,
    }
    nomad.register = lambda job, index, beside: {  # type: ignore[method-assign]
        "EvalID": "e11",
        "JobModifyIndex": 12,
    }
    assert not run(nomad, jobspec=spec())["changed"]


@pytest.mark.parametrize(("index", "fits"), [(0, False), (11, True), (12, False)])
def test_check_index(nomad: Nomad, index: int, fits: bool) -> None:
    nomad.put(spec())
    if fits:
        assert run(nomad, jobspec=spec(Priority=60), check_index=index)["changed"]
    else:
        with pytest.raises(ConflictError, match="check_index: job x has the index 11"):
            run(nomad, jobspec=spec(Priority=60), check_index=index)


def test_with_check_index_a_conflict_is_final(nomad: Nomad) -> None:
    nomad.put(spec())
    nomad.before_register = lambda: nomad.put(spec(Priority=99))
    with pytest.raises(ConflictError):
        run(nomad, jobspec=spec(Priority=60), check_index=11)
    assert nomad.calls.count("register") == 1


@pytest.mark.parametrize("check", [True, False])
def test_transitions_are_refused_before_anything_is_changed(nomad: Nomad, check: bool) -> None:
    nomad.put(spec())
    with pytest.raises(UserError, match="from batch to service"):
        run(nomad, jobspec=spec(Type="service"), check=check)
    assert nomad.calls == ["read"]


@pytest.mark.parametrize("check", [True, False])
def test_what_cannot_be_placed_is_not_registered(nomad: Nomad, check: bool) -> None:
    nomad.failed_groups = NO_ROOM
    with pytest.raises(FailedError, match=r"was not registered: no node can take it.*memory"):
        run(nomad, jobspec=spec(), check=check)
    assert nomad.jobs == {}


@pytest.mark.parametrize("params", [{"wait": False}, {"on_unplaceable": "wait"}])
def test_unless_the_user_wants_it(nomad: Nomad, params: Json) -> None:
    nomad.failed_groups = NO_ROOM
    assert run(nomad, jobspec=spec(), **params)["changed"]


def test_a_template_of_jobs_may_wait_for_its_nodes(nomad: Nomad) -> None:
    nomad.failed_groups = NO_ROOM
    given = spec(ParameterizedJob={"Payload": "optional"})
    assert run(nomad, jobspec=given)["changed"]


def test_without_wait_nothing_is_watched(nomad: Nomad) -> None:
    run(nomad, jobspec=spec(), wait=False)
    assert nomad.calls == ["read", "plan", "register", "read"]


def test_the_namespace_of_the_jobspec_wins_over_the_environment(
    nomad: Nomad, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOMAD_NAMESPACE", "env")
    run(nomad, jobspec=spec(Namespace="job"))
    assert nomad.where == ("job", "")
    assert nomad.jobs["x"]["spec"]["Namespace"] == "job"
    run(nomad, jobspec=spec(ID="y"))
    assert nomad.where == ("env", "")
    with pytest.raises(UserError, match="namespace: the option says"):
        run(nomad, jobspec=spec(Namespace="job"), namespace="other")


def test_secrets_are_in_no_part_of_the_result(nomad: Nomad) -> None:
    canary = "canary-7d1f"
    nomad.put(spec(Meta={"password": "before"}))
    result = run(nomad, jobspec=spec(Meta={"password": canary}))
    assert canary not in json.dumps(result)
    assert result["job"]["Meta"]["password"].startswith("(sensitive)")


def test_secrets_are_hidden_from_the_record_of_the_options_too(nomad: Nomad) -> None:
    jobspec, variables = 'variable "db_password" {} broken', {"db_password": "canary-1"}
    module = started(nomad_job, jobspec=jobspec, variables=variables)
    with pytest.raises(UserError):
        nomad_job.run(module, t.cast(t.Any, nomad))
    assert "canary-1" in module.no_log_values


def test_variables_go_to_the_parser(nomad: Nomad) -> None:
    run(nomad, jobspec='variable "n" {}\njob "x" {}', variables={"n": [1, True]})
    assert nomad.jobs["x"]["Meta"]["variables"] == '{"n": [1, true]}'


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"jobspec": "broken"}, "line 1, column 1: a: b"),
        ({"jobspec": "job {}", "variables": {"n": 1}}, "does not declare 'n'"),
        ({"jobspec": spec(), "job_id": "y"}, "it is 'y', but the jobspec's is 'x'"),
        ({"src": "/nowhere.hcl"}, "no file /nowhere.hcl"),
        ({"jobspec": spec(), "wait_for": "healthy"}, "wait_for: a job of type batch"),
    ],
)
def test_wrong_input_is_named(nomad: Nomad, params: Json, words: str) -> None:
    with pytest.raises(UserError) as caught:
        run(nomad, **params)
    assert words in str(caught.value)
    assert nomad.jobs == {}


def test_the_diff_is_the_annotated_plan(nomad: Nomad) -> None:
    nomad.put(spec())
    given = spec(Spreads=[{"Attribute": "a"}])
    text = run(nomad, jobspec=given, check=True)["diff"]["prepared"]
    assert '+/- Job: "x"' in text
    assert "+/- Spreads: []" in text
    assert "diff" not in run(nomad, jobspec=spec(), check=True)


def test_of_a_jobspec_that_cannot_be_read_nothing_is_shown(nomad: Nomad) -> None:
    module = started(nomad_job, jobspec='broken\nenv { DB_PASSWORD = "canary-3" }')
    with pytest.raises(UserError, match="jobspec: line 1"):
        nomad_job.run(module, t.cast(t.Any, nomad))
    assert "canary-3" not in json.dumps(module.params)


@pytest.mark.parametrize("params", [{"job_id": "x"}, {"jobspec": None}])
def test_present_without_a_jobspec(nomad: Nomad, params: Json) -> None:
    """A variable that is null counts as given for ansible-core."""
    with pytest.raises(UserError, match="a NoneType is not a jobspec"):
        run(nomad, **params)


def test_absent_without_an_id(nomad: Nomad) -> None:
    with pytest.raises(UserError, match="job_id: None is no ID"):
        run(nomad, state="absent", job_id=None)
    assert nomad.calls == []


def test_a_file_that_cannot_be_read(nomad: Nomad) -> None:
    with pytest.raises(UserError, match="src: /proc/self/mem cannot be read"):
        run(nomad, src="/proc/self/mem")


@pytest.mark.parametrize("name", ["nomad_job", "nomad_job_dispatch"])
def test_a_password_in_the_address_is_not_shown(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main = importlib.import_module(f"{nomad_job.__package__}.{name}").main
    state = {"state": "absent"} if name == "nomad_job" else {}
    args = {"address": "ftp://u:canary-4@n", "job_id": "x", **state}
    with patch_module_args(args), pytest.raises(SystemExit):
        main()
    out = capsys.readouterr().out
    assert "is not the URL" in out
    assert "canary-4" not in out


@pytest.mark.parametrize("job_id", ["", "..", "a//b"])
def test_an_id_that_cannot_be_dispatched(nomad: Nomad, job_id: str) -> None:
    module = started(nomad_job_dispatch, job_id=job_id)
    with pytest.raises(UserError, match="is no ID"):
        nomad_job_dispatch.run(module, t.cast(t.Any, nomad))
    assert nomad.calls == []


def lost(*_args: t.Any, **_kwargs: t.Any) -> t.NoReturn:
    raise UnavailableError("GET", "/v1/job/x/evaluations", 0, "refused", "could not be reached")


def test_a_server_lost_while_waiting_leaves_word_of_the_change(
    nomad: Nomad, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nomad, "evaluations", lost)
    with pytest.raises(FailedError, match="could not be reached") as caught:
        run(nomad, jobspec=spec())
    assert (caught.value.details["changed"], caught.value.details["job_id"]) == (True, "x")
    monkeypatch.setattr(watch, "until_stopped", lost)
    with pytest.raises(FailedError) as stopped:
        run(nomad, state="absent", job_id="x")
    assert stopped.value.details["changed"] is True


def test_a_server_lost_while_waiting_leaves_word_of_the_child(nomad: Nomad) -> None:
    nomad.put(spec(ParameterizedJob={"Payload": "optional"}))
    answer = {"DispatchedJobID": "x/dispatch-1", "EvalID": "e"}
    server = t.cast(t.Any, nomad)
    server.dispatch = lambda *_args: (answer, False)
    find = nomad.find_job
    server.find_job = lambda job_id: find(job_id) if job_id == "x" else lost()
    module = started(nomad_job_dispatch, job_id="x")
    with pytest.raises(FailedError, match="could not be reached") as caught:
        nomad_job_dispatch.run(module, server)
    assert caught.value.details["dispatched_job_id"] == "x/dispatch-1"
    assert caught.value.details["changed"] is True
