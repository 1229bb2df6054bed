# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of community.general's nomad_job, each shown on it, and our module on the same server."""

from __future__ import annotations

import json
import typing as t
import urllib.parse

from ..shared import runner
from . import stage


def theirs(nomad: stage.Stage, **params: t.Any) -> runner.Result:
    parts = urllib.parse.urlsplit(nomad.server)
    where = {"host": parts.hostname, "port": parts.port, "use_ssl": False}
    return nomad.run(f"{runner.THEIRS}nomad_job", **where, **params)


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
