# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests a job costs, counted on the wire: by a real server's side or the simulator's."""

from __future__ import annotations

import json
import typing as t

import pytest

from ..shared.proxy import counting
from . import stage

JOB = "np-budget"
HCL = f"""
job "{JOB}" {{
  type = "batch"

  group "g" {{
    count = 0

    task "t" {{
      driver = "docker"

      config {{
        image = "mlops-lab/debian:bookworm"
      }}
    }}
  }}
}}
"""
GROUP = {
    "count": 0,
    "task": {"t": {"driver": "docker", "config": {"image": "mlops-lab/debian:bookworm"}}},
}
HCLS_JSON = {"job": {JOB: {"type": "batch", "group": {"g": GROUP}}}}
APIS_JSON = stage.idle(JOB)
PARSE, READ, PLAN = "POST /v1/jobs/parse", f"GET /v1/job/{JOB}", f"POST /v1/job/{JOB}/plan"
SHAPES: dict[str, tuple[t.Any, list[str]]] = {
    "hcl": (HCL, [PARSE, READ, PLAN]),
    "hcl-json": (HCLS_JSON, [PARSE, READ, PLAN]),
    "hcl-json-text": (json.dumps(HCLS_JSON), [PARSE, READ, PLAN]),
    "api-json": (APIS_JSON, [READ, PLAN]),
    "api-json-text": (json.dumps({"Job": APIS_JSON}), [READ, PLAN]),
}


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_an_unchanged_job(server: stage.Stage, shape: str, check: bool, wait: bool) -> None:
    spec, budget = SHAPES[shape]
    server.run("nomad_job", jobspec=spec, wait=False)
    with counting(server.server) as proxy:
        result = stage.Stage(proxy.address).run("nomad_job", check=check, jobspec=spec, wait=wait)
        assert not result["changed"], result.get("msg")
        assert proxy.seen == budget


def test_a_new_job(server: stage.Stage) -> None:
    """Registered and read back; nothing is waited for."""
    with counting(server.server) as proxy:
        result = stage.Stage(proxy.address).run("nomad_job", jobspec=HCL, wait=False)
        assert result["changed"], result.get("msg")
        assert proxy.seen == [PARSE, READ, PLAN, "POST /v1/jobs", READ]


def test_absent(server: stage.Stage) -> None:
    params = {"state": "absent", "job_id": JOB, "purge": True, "wait": False}
    server.run("nomad_job", jobspec=HCL, wait=False)
    with counting(server.server) as proxy:
        there = stage.Stage(proxy.address)
        assert there.run("nomad_job", **params)["changed"]
        assert proxy.seen == [READ, f"DELETE /v1/job/{JOB}", READ]
        proxy.seen.clear()
        assert not there.run("nomad_job", **params)["changed"]
        assert proxy.seen == [READ]


@pytest.fixture(autouse=True)
def nothing_left(server: stage.Stage) -> t.Iterator[None]:
    stage.purge(server.server, JOB)
    yield
    stage.purge(server.server, JOB)
