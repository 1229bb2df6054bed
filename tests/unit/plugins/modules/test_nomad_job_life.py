# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to jobs beside registering them, on a Nomad in memory."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import (
    submission,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad.answers import UnavailableError
from ansible_collections.mlops.infra.plugins.modules import nomad_job
from ansible_collections.mlops.infra.tests.unit.plugins.modules.nomad_in_memory import (
    Nomad,
    run_module,
    spec,
)

Json = dict[str, t.Any]
CANARIES = {
    "ID": "d",
    "JobVersion": 0,
    "CreateIndex": 12,
    "Status": "running",
    "TaskGroups": {"g": {"DesiredCanaries": 1, "HealthyAllocs": 1, "DesiredTotal": 1}},
}
SERVICE = spec(Type="service", TaskGroups=[{"Name": "g", "Count": 1, "Update": {"MaxParallel": 1}}])


def both(nomad: Nomad, **params: t.Any) -> Json:
    """Run it, after check mode predicted the same change and did nothing."""
    before = json.dumps(nomad.jobs)
    predicted = run_module(nomad, check=True, **params)
    assert json.dumps(nomad.jobs) == before
    result = run_module(nomad, **params)
    assert predicted["changed"] == result["changed"]
    assert predicted.get("reasons") == result.get("reasons")
    return result


# Running again


@pytest.mark.parametrize("mode", ["if_dead", "always"])
def test_a_job_that_ended_is_stopped_and_registered_again(nomad: Nomad, mode: str) -> None:
    nomad.put(spec(), Status="dead")
    result = both(nomad, jobspec=spec(), rerun=mode)
    assert (result["changed"], result["version"]) == (True, 2)
    assert [bool(v["Stop"]) for v in nomad.history] == [False, True, False]
    assert result["eval_id"] == "e13"
    assert "the job" in result["diff"]["prepared"]


def test_what_runs_is_only_run_again_always(nomad: Nomad) -> None:
    nomad.put(spec())
    assert not both(nomad, jobspec=spec(), rerun="if_dead")["changed"]
    assert both(nomad, jobspec=spec(), rerun="always")["changed"]


@pytest.mark.parametrize(("status", "runs"), [("failed", True), ("complete", False)])
def test_if_failed_looks_at_the_allocations(nomad: Nomad, status: str, runs: bool) -> None:
    nomad.put(spec(), Status="dead")
    nomad.status = status
    assert run_module(nomad, jobspec=spec(), rerun="if_failed", check=True)["changed"] is runs


def test_a_changed_job_is_registered_once(nomad: Nomad) -> None:
    nomad.put(spec(), Status="dead")
    run_module(nomad, jobspec=spec(Priority=60), rerun="if_dead")
    assert nomad.calls.count("register") == 1


def test_somebody_else_in_between_is_a_conflict(nomad: Nomad) -> None:
    nomad.put(spec(), Status="dead")
    nomad.after_register = lambda: nomad.put(spec(Priority=99))
    with pytest.raises(ConflictError):
        run_module(nomad, jobspec=spec(), rerun="always", check_index=11)
    assert nomad.jobs["x"]["Priority"] == 99


def test_a_registered_job_needs_no_jobspec(nomad: Nomad) -> None:
    nomad.put(spec(Meta={"a": "b"}), Status="dead")
    result = both(nomad, job_id="x", rerun="if_dead")
    assert (result["changed"], result["job"]["Meta"]) == (True, {"a": "b"})
    with pytest.raises(UserError, match=r"job_id: there is no job y. Give its jobspec"):
        run_module(nomad, job_id="y", rerun="if_dead")


# Reconciling


def test_drift_is_reported_and_removed_on_request(nomad: Nomad) -> None:
    nomad.put(spec())
    nomad.updates = {"g": {"Place": 1}}
    found = run_module(nomad, jobspec=spec())
    assert (found["changed"], found["drift"]) == (False, {"Place": 1})
    result = both(nomad, jobspec=spec(), reconcile=True)
    assert result["reasons"] == ["its allocations are not as wanted: Place 1"]
    assert (result["eval_id"], result["version"]) == ("evaluated", 0)
    assert "register" not in nomad.calls
    assert not both(nomad, jobspec=spec(), reconcile=True)["changed"]


# Promoting


def test_canaries_of_an_unchanged_job_are_promoted(nomad: Nomad) -> None:
    nomad.put(SERVICE, Stable=False)
    nomad.own_deployments = [dict(CANARIES)]
    left = run_module(nomad, jobspec=SERVICE)
    assert (left["changed"], left["deployment"]["Status"]) == (False, "running")
    result = both(nomad, jobspec=SERVICE, promote="auto")
    assert result["reasons"] == ["its canaries are not promoted"]
    assert result["deployment"]["Status"] == "successful"
    assert nomad.calls.count("promote d") == 1
    assert "register" not in nomad.calls


@pytest.mark.parametrize("params", [{"wait": False}, {"wait_for": "promotion_ready"}])
def test_nothing_is_promoted_blindly(nomad: Nomad, params: Json) -> None:
    with pytest.raises(UserError, match="promote: canaries can be promoted only while"):
        run_module(nomad, jobspec=SERVICE, promote="auto", **params)
    assert nomad.calls == []


# Tags


def test_a_version_is_tagged_once(nomad: Nomad) -> None:
    tag = {"name": "v1", "description": "first"}
    first = both(nomad, jobspec=spec(), version_tag=tag)
    assert first["job"]["VersionTag"] == {"Name": "v1", "Description": "first"}
    assert nomad.calls[-2:] == ["tag v1 0", "read"]
    assert not both(nomad, jobspec=spec(), version_tag=tag)["changed"]
    assert both(nomad, jobspec=spec(), version_tag={"name": "v1"})["changed"]
    assert nomad.calls.count("register") == 0


def test_a_tagged_job_is_unchanged_for_who_does_not_tag(nomad: Nomad) -> None:
    run_module(nomad, jobspec=spec(), version_tag={"name": "v1"})
    assert not both(nomad, jobspec=spec())["changed"]


def test_a_tag_that_is_taken_stops_the_change(nomad: Nomad) -> None:
    run_module(nomad, jobspec=spec(), version_tag={"name": "v1"})
    with pytest.raises(UserError, match="version_tag: version 0 of job x has the tag v1, and"):
        run_module(nomad, jobspec=spec(Priority=60), version_tag={"name": "v1"})
    assert "register" not in nomad.calls


@pytest.mark.parametrize("check", [True, False])
def test_where_tags_are_unknown_nothing_is_registered(nomad: Nomad, check: bool) -> None:
    nomad.tags = False
    with pytest.raises(UserError, match=r"version_tag: this server is older than Nomad 1\.9"):
        run_module(nomad, jobspec=spec(), version_tag={"name": "v1"}, check=check)
    with pytest.raises(UserError, match="version_tag: Nomad tags no job whose ID has a slash"):
        run_module(nomad, jobspec=spec(ID="a/b"), version_tag={"name": "v1"}, check=check)
    assert nomad.jobs == {}


def test_what_failed_gets_no_tag(nomad: Nomad) -> None:
    nomad.status = "failed"
    with pytest.raises(FailedError):
        run_module(nomad, jobspec=spec(), version_tag={"name": "v1"})
    assert "tag v1 0" not in nomad.calls


def test_for_a_tag_alone_nothing_is_waited_for(nomad: Nomad) -> None:
    """What had ended may have been collected since."""
    nomad.put(spec(), Status="dead")
    nomad.status = "pending"
    assert both(nomad, jobspec=spec(), version_tag={"name": "v1"}, wait_timeout=0)["changed"]


def test_a_tag_that_is_refused_leaves_word_of_the_change(
    nomad: Nomad, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_args: t.Any) -> None:
        raise ApiError("POST", "/v1/job/x/versions/v1/tag", 403, "Permission denied")

    monkeypatch.setattr(nomad, "tag", refused)
    with pytest.raises(FailedError, match="Permission denied") as caught:
        run_module(nomad, jobspec=spec(), version_tag={"name": "v1"})
    assert caught.value.details["changed"] is True


# Counts


def test_scaled_counts_stay(nomad: Nomad) -> None:
    nomad.put(spec(TaskGroups=[{"Name": "g", "Count": 3}]))
    assert both(nomad, jobspec=spec())["changed"]
    nomad.put(spec(TaskGroups=[{"Name": "g", "Count": 3}]))
    assert not both(nomad, jobspec=spec(), preserve_counts=True)["changed"]
    run_module(nomad, jobspec=spec(Priority=60), preserve_counts=True, wait=False)
    assert nomad.jobs["x"]["TaskGroups"] == [{"Name": "g", "Count": 3}]


# What goes beside the job


def test_the_source_goes_with_the_job(nomad: Nomad) -> None:
    run_module(nomad, jobspec='variable "n" {}\njob "x" {}', variables={"n": 1})
    assert nomad.beside == {
        "Submission": {
            "Source": 'variable "n" {}\njob "x" {}',
            "Format": "hcl2",
            "Variables": '{"n": 1}',
        }
    }
    run_module(nomad, jobspec=spec(Priority=60), submission=False)
    assert nomad.beside == {"Submission": submission.EMPTY}
    run_module(nomad, jobspec=spec(Meta={"password": "canary"}))
    assert nomad.beside == {"Submission": submission.EMPTY}


def test_the_source_stays_with_a_job_that_is_run_again_as_it_is(nomad: Nomad) -> None:
    nomad.put(spec(), Status="dead")
    nomad.source = {"Source": "job", "Format": "hcl2", "Version": 0}
    run_module(nomad, job_id="x", rerun="if_dead")
    assert nomad.beside == {"Submission": {"Source": "job", "Format": "hcl2"}}
    nomad.jobs["x"]["Status"] = "dead"
    run_module(nomad, job_id="x", rerun="if_dead", submission=False)
    assert nomad.beside == {"Submission": submission.EMPTY}


def test_another_source_of_the_same_job_changes_nothing(nomad: Nomad) -> None:
    run_module(nomad, jobspec="job {}")
    assert not both(nomad, jobspec="# a comment\njob {}")["changed"]
    assert "register" not in nomad.calls


def test_the_priority_of_evaluations(nomad: Nomad) -> None:
    run_module(nomad, jobspec=spec(), eval_priority=70, submission=False)
    assert nomad.beside["EvalPriority"] == 70
    run_module(nomad, job_id="x", state="absent", eval_priority=71, no_shutdown_delay=True)
    assert nomad.query == {"no_shutdown_delay": "true", "eval_priority": "71"}
    with pytest.raises(UserError, match=r"eval_priority: it is 101. Write a number from 1 to 100"):
        run_module(nomad, jobspec=spec(), eval_priority=101)


# Namespaces


def test_a_missing_namespace_is_made_on_request(nomad: Nomad) -> None:
    nomad.namespaces = set()
    given = spec(Namespace="ns")
    with pytest.raises(UserError, match=r"namespace: Nomad has no namespace ns. Create it, or"):
        run_module(nomad, jobspec=given)
    predicted = run_module(nomad, jobspec=given, create_namespace=True, check=True)
    assert predicted["changed"]
    assert nomad.namespaces == set()
    assert run_module(nomad, jobspec=given, create_namespace=True)["changed"]
    assert nomad.namespaces == {"ns"}
    assert not run_module(nomad, jobspec=given, create_namespace=True)["changed"]
    assert "create_namespace" not in nomad.calls


def test_a_namespace_that_was_made_for_what_cannot_run_is_told(nomad: Nomad) -> None:
    nomad.namespaces = set()
    nomad.failed_groups = {"g": {"DimensionExhausted": {"memory": 1}}}
    with pytest.raises(FailedError, match="was not registered") as caught:
        run_module(nomad, jobspec=spec(Namespace="ns"), create_namespace=True)
    assert caught.value.details["changed"] is True


# Periodic jobs

PERIODIC = spec(Periodic={"Enabled": True, "Spec": "@daily"})


def test_a_run_is_forced_and_waited_for(nomad: Nomad) -> None:
    nomad.put(PERIODIC)
    assert run_module(nomad, job_id="x", state="forced", check=True) == {
        "changed": True,
        "job_id": "x",
    }
    assert "force" not in nomad.calls
    result = run_module(nomad, job_id="x", state="forced")
    assert (result["changed"], result["forced_job_id"]) == (True, "x/periodic-1")
    assert result["allocations"][0]["status"] == "running"
    assert result["exit_code"] is None


def test_a_run_that_fails(nomad: Nomad) -> None:
    nomad.put(PERIODIC)
    nomad.status = "failed"
    with pytest.raises(FailedError, match=r"Job x/periodic-1: group g failed for good") as caught:
        run_module(nomad, job_id="x", state="forced", wait_for="complete")
    details = caught.value.details
    assert (details["changed"], details["forced_job_id"]) == (True, "x/periodic-1")
    assert "exit_codes" in details


def test_a_run_that_is_not_waited_for(nomad: Nomad) -> None:
    nomad.put(PERIODIC)
    result = run_module(nomad, job_id="x", state="forced", wait=False)
    assert result == {
        "changed": True,
        "job_id": "x",
        "forced_job_id": "x/periodic-1",
        "eval_id": "e12",
    }


@pytest.mark.parametrize("check", [True, False])
def test_what_is_not_periodic_is_not_forced(nomad: Nomad, check: bool) -> None:
    nomad.put(spec())
    with pytest.raises(UserError, match="state: job x is not periodic"):
        run_module(nomad, job_id="x", state="forced", check=check)
    assert nomad.calls == ["read"]


def test_a_forced_run_has_no_deployment(nomad: Nomad) -> None:
    nomad.put(PERIODIC)
    with pytest.raises(UserError, match="wait_for: a job of type batch has no deployment"):
        run_module(nomad, job_id="x", state="forced", wait_for="healthy")
    assert "force" not in nomad.calls


@pytest.mark.parametrize(("index", "stops"), [(11, True), (12, False), (0, False)])
def test_what_somebody_changed_since_is_not_stopped(nomad: Nomad, index: int, stops: bool) -> None:
    nomad.put(spec())
    if stops:
        assert run_module(nomad, job_id="x", state="absent", check_index=index)["changed"]
        assert not run_module(nomad, job_id="x", state="absent", check_index=99)["changed"]
    else:
        with pytest.raises(ConflictError, match="check_index: job x has the index 11"):
            run_module(nomad, job_id="x", state="absent", check_index=index)
    assert bool(nomad.jobs["x"]["Stop"]) is stops


# Variables and sources


def test_files_of_variables(nomad: Nomad, tmp_path: Path) -> None:
    hcl, data = tmp_path / "a.hcl", tmp_path / "b.json"
    hcl.write_text("a = 1\nb = 1\nc = 1\n")
    data.write_text('{"b": 2, "c": 2}')
    parse = nomad.parse

    def reads(source: str, variables: str = "") -> Json:
        if "jsonencode" in source:
            assert variables == hcl.read_text()
            return {"Meta": {"a": "1", "b": "1", "c": "1"}}
        return parse(source, variables)

    nomad.parse = reads  # type: ignore[method-assign]
    source = 'variable "a" {}\nvariable "b" {}\nvariable "c" {}\njob "x" {}'
    files = [str(hcl), str(data)]
    result = run_module(nomad, jobspec=source, variable_files=files, variables={"c": 3})
    assert json.loads(result["job"]["Meta"]["variables"]) == {"a": 1, "b": 2, "c": 3}


def test_a_file_of_variables_that_nomad_cannot_read(nomad: Nomad, tmp_path: Path) -> None:
    file = tmp_path / "a.hcl"
    file.write_text("a = [1,\n")
    answer = "Failed to parse job: unable to parse var content: input.hcl:2,1-1: Missing; The end."

    def refuses(source: str, variables: str = "") -> Json:
        raise ApiError("POST", "/v1/jobs/parse", 400, answer)

    nomad.parse = refuses  # type: ignore[method-assign]
    with pytest.raises(UserError) as caught:
        run_module(nomad, jobspec='variable "a" {}', variable_files=[str(file)])
    assert str(caught.value) == f"variable_files: {file}: line 2, column 1: Missing: The end."


def test_a_file_of_variables_that_is_not_there(nomad: Nomad) -> None:
    with pytest.raises(UserError, match=r"variable_files: there is no file /nowhere.hcl"):
        run_module(nomad, jobspec="job {}", variable_files=["/nowhere.hcl"])


def test_a_secret_out_of_a_file_is_hidden(nomad: Nomad, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"db_password": "canary-77"}')
    source = 'variable "db_password" {}\njob "x" {}'
    run_module(nomad, jobspec=source, variable_files=[str(file)])
    assert nomad.beside == {"Submission": submission.EMPTY}
    assert "canary-77" in nomad.hidden


def test_a_url_without_a_checksum(nomad: Nomad) -> None:
    with pytest.raises(UserError, match="checksum: a jobspec over http:// needs one"):
        run_module(nomad, url="http://u:canary-78@host/x.hcl")
    assert "canary-78" in nomad.hidden
    assert nomad.calls == []


def test_a_lost_answer_of_the_second_half_leaves_a_job_that_the_next_run_starts(
    nomad: Nomad,
) -> None:
    nomad.put(spec(), Status="dead")

    def lost() -> None:
        if nomad.calls.count("register") == 2:
            raise UnavailableError("POST", "/v1/jobs", 0, "reset", "lost")

    nomad.before_register = lost
    with pytest.raises(UnavailableError):
        run_module(nomad, jobspec=spec(), rerun="if_dead")
    nomad.before_register = lambda: None
    result = run_module(nomad, jobspec=spec(), rerun="if_dead")
    assert result["reasons"][0] == "the job is stopped"
    assert result["changed"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"jobspec": "x", "url": "https://host/x"}, "mutually exclusive: jobspec|src|url"),
        ({"src": "/x", "url": "https://host/x"}, "mutually exclusive: jobspec|src|url"),
        ({"jobspec": "x", "checksum": "sha256:0"}, "missing parameter(s) required by 'checksum'"),
        ({"state": "forced"}, "one of the following is required: jobspec, src, url, job_id"),
        ({"jobspec": "x", "version_tag": {"description": "d"}}, "missing required arguments: name"),
    ],
)
def test_options_that_do_not_go_together(
    args: Json, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with patch_module_args(args), pytest.raises(SystemExit):
        nomad_job.main()
    assert words in json.loads(capsys.readouterr().out)["msg"]
