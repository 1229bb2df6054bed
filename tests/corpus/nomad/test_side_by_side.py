# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of community.general's modules and of python-nomad, each shown on them, and ours on the same
server. B15 to B17, which are of another tool, are in tests/unit/plugins/modules/test_nomad_job_faults.py."""

from __future__ import annotations

import json
import typing as t
import urllib.parse

import nomad as library

from ..shared import runner
from . import stage


def theirs(nomad: stage.Stage, module: str = "nomad_job", **params: t.Any) -> runner.Result:
    parts = urllib.parse.urlsplit(nomad.server)
    where = {"host": parts.hostname, "port": parts.port, "use_ssl": False}
    return nomad.run(f"{runner.THEIRS}{module}", **where, **params)


def ours(nomad: stage.Stage, **params: t.Any) -> runner.Result:
    return nomad.run("nomad_job", **params)


def spec(job: str, **fields: t.Any) -> dict[str, t.Any]:
    task = {"Name": "t", "Driver": "mock_driver", "Config": {"run_for": "600s"}}
    return {
        "ID": job,
        "Name": job,
        "Type": "service",
        "Datacenters": ["dc1"],
        "TaskGroups": [{"Name": "g", "Count": 1, "Tasks": [task]}],
        **fields,
    }


def made(nomad: stage.Stage, jobs: list[str], job: str, **fields: t.Any) -> str:
    """A job that is registered, as JSON text."""
    jobs.append(job)
    assert ours(nomad, jobspec=spec(job, **fields), wait=False)["changed"]
    return json.dumps(spec(job, **fields))


def test_b01_absent_with_json(nomad: stage.Stage, jobs: list[str]) -> None:
    content = made(nomad, jobs, "np-b01")
    params = {"state": "absent", "content_format": "json", "content": content}
    wrong = theirs(nomad, **params)
    assert wrong["failed"]
    assert "indices" in wrong["msg"]
    assert not nomad.get("job/np-b01")["Stop"]
    assert ours(nomad, wait=False, **params)["changed"]
    assert nomad.get("job/np-b01")["Stop"]


def test_b02_absent_of_a_job_that_is_not_there(nomad: stage.Stage) -> None:
    params = {"state": "absent", "name": "np-b02"}
    wrong = theirs(nomad, **params)
    assert wrong["failed"]
    right = ours(nomad, **params)
    assert (right["changed"], right.get("failed")) == (False, None)


def test_b03_absent_of_a_batch_job_that_ended(nomad: stage.Stage, jobs: list[str]) -> None:
    jobs.append("np-b03")
    task = {"Name": "t", "Driver": "mock_driver", "Config": {"run_for": "10ms"}}
    groups = [{"Name": "g", "Count": 1, "Tasks": [task]}]
    once = spec("np-b03", Type="batch", TaskGroups=groups)
    assert ours(nomad, jobspec=once, wait_for="complete")["changed"]
    assert nomad.get("job/np-b03")["Status"] == "dead"
    params = {"state": "absent", "name": "np-b03"}
    assert not theirs(nomad, **params)["changed"]
    assert not nomad.get("job/np-b03")["Stop"], "nothing was done about it"
    assert ours(nomad, **params)["changed"]
    assert nomad.get("job/np-b03")["Stop"]
    assert ours(nomad, purge=True, **params)["changed"]
    assert nomad.get("job/np-b03") is None


def test_b04_a_name_that_is_not_the_id(nomad: stage.Stage, jobs: list[str]) -> None:
    made(nomad, jobs, "np-b04", Name="np-b04-and-its-name")
    content = """
    job "np-b04" {
      name = "np-b04-and-its-name"
      group "g" {
        task "t" {
          driver = "mock_driver"
          config {
            run_for = "600s"
          }
        }
      }
    }
    """
    params = {"state": "absent", "content": content}
    assert theirs(nomad, **params)["failed"]
    assert not nomad.get("job/np-b04")["Stop"]
    assert ours(nomad, wait=False, **params)["changed"]
    assert nomad.get("job/np-b04")["Stop"]


def test_b05_what_does_not_run_is_registered_once(nomad: stage.Stage, jobs: list[str]) -> None:
    task = {"Name": "t", "Driver": "mock_driver", "Config": {"run_for": "600s"}}
    groups = [{"Name": "g", "Count": 0, "Tasks": [task]}]
    content = made(nomad, jobs, "np-b05", TaskGroups=groups)
    nomad.settle("np-b05")
    assert nomad.get("job/np-b05")["Status"] != "running"
    before = nomad.registrations("np-b05")
    assert not ours(nomad, content=content, wait=False)["changed"]
    assert nomad.registrations("np-b05") == before
    params = {"state": "present", "content_format": "json", "content": content}
    assert theirs(nomad, force_start=True, **params)["changed"]
    assert len(nomad.registrations("np-b05")) == len(before) + 1


def test_b06_a_job_in_a_wrapper_and_variables(nomad: stage.Stage, jobs: list[str]) -> None:
    jobs.append("np-b06")
    content = json.dumps({"Job": spec("np-b06")})
    params = {"state": "present", "content_format": "json", "content": content}
    wrong = theirs(nomad, **params)
    assert wrong["failed"]
    assert ours(nomad, wait=False, **params)["changed"]
    varied = """
    variable "priority" { type = number }
    job "np-b06" {
      datacenters = ["dc1"]
      priority    = var.priority
      group "g" {
        task "t" {
          driver = "mock_driver"
          config {
            run_for = "600s"
          }
        }
      }
    }
    """
    assert theirs(nomad, state="present", content=varied)["failed"]
    assert ours(nomad, content=varied, variables={"priority": 61}, wait=False)["changed"]
    assert nomad.get("job/np-b06")["Priority"] == 61


def test_b07_one_job_is_asked_for_alone(nomad: stage.Stage, jobs: list[str]) -> None:
    for name in ("np-b07", "np-b07-other"):
        made(nomad, jobs, name)
    wrong = theirs(nomad, "nomad_job_info", name="np-b07")
    assert wrong.requests[0] == "GET /v1/jobs"
    assert "GET /v1/job/np-b07-other" in wrong.requests
    right = nomad.run("nomad_job_info", name="np-b07", include=["specification"])
    assert [job["ID"] for job in right["result"]] == ["np-b07"]
    assert right.requests == ["GET /v1/job/np-b07"]
    assert theirs(nomad, "nomad_job_info", name="np-b07-none")["failed"]
    missing = nomad.run("nomad_job_info", name="np-b07-none")
    assert (missing["result"], missing.get("failed")) == ([], None)


def test_b08_objects_that_are_there_are_unchanged_and_predicted(nomad: stage.Stage) -> None:
    """That of community.general is nomad_token; tests/secured shows it, on a server with ACLs."""
    for module, wanted in (
        ("nomad_namespace", {"name": "np-b08", "description": "b08"}),
        ("nomad_variable", {"path": "np/b08", "items": {"password": "canary-b08"}}),
    ):
        told = [nomad.run(module, check, **wanted) for check in (True, False, True, False)]
        assert [found["changed"] for found in told] == [True, True, False, False]
        assert "canary-b08" not in json.dumps(told)
        gone = {name: value for name, value in wanted.items() if name in ("name", "path")}
        ended = [nomad.run(module, state="absent", **gone)["changed"] for _ in range(2)]
        assert ended == [True, False]


def test_b20_a_token_starts_one_child(nomad: stage.Stage, jobs: list[str]) -> None:
    """The fault is python-nomad's: its token is in the body, where Nomad does not look for it."""
    task = {"Name": "t", "Driver": "mock_driver", "Config": {"run_for": "10ms"}}
    groups = [{"Name": "g", "Count": 1, "Tasks": [task]}]
    fields = {"Type": "batch", "ParameterizedJob": {"Payload": "optional"}, "TaskGroups": groups}
    made(nomad, jobs, "np-b20", **fields)
    parts = urllib.parse.urlsplit(nomad.server)
    python_nomad = library.Nomad(host=parts.hostname, port=parts.port, timeout=10)
    wrong = [
        python_nomad.job.dispatch_job("np-b20", idempotency_token="np-b20-theirs") for _ in range(2)
    ]
    jobs.extend(child["DispatchedJobID"].replace("/", "%2F") for child in wrong)
    assert len({child["DispatchedJobID"] for child in wrong}) == 2
    params = {"job_id": "np-b20", "idempotency_token": "np-b20-ours", "wait": False}
    right = [nomad.run("nomad_job_dispatch", **params) for _ in range(2)]
    assert [child["changed"] for child in right] == [True, False]
    assert len({child["dispatched_job_id"] for child in right}) == 1
    jobs.append(right[0]["dispatched_job_id"].replace("/", "%2F"))
