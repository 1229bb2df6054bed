# SPDX-License-Identifier: GPL-3.0-or-later
"""Two real servers, each a region: what is sent to one of them by way of the other."""

from __future__ import annotations

import typing as t

from . import running
from .agents import Agent
from .running import module

Pair = tuple[Agent, Agent]


def there(agent: Agent, region: str | None) -> dict[str, t.Any]:
    """Options of a module that asks this agent, and means that region."""
    return {**agent.options, "token": None, "region": region}


def ids(agent: Agent, prefix: str) -> list[str]:
    return [job["ID"] for job in agent.ask("GET", "jobs", prefix=prefix)]


def test_a_job_goes_where_the_option_or_the_jobspec_says(regions: Pair) -> None:
    east, west = regions
    spec = running.parameterized("nx-job")
    for jobspec, region in ((spec, "west"), ({**spec, "ID": "nx-job-2", "Region": "west"}, None)):
        wanted = {"jobspec": jobspec, **there(east, region)}
        assert module("nomad_job", check=True, **wanted)["changed"]
        assert module("nomad_job", **wanted)["changed"]
        assert not module("nomad_job", **wanted)["changed"]
    assert ids(west, "nx-job") == ["nx-job", "nx-job-2"]
    assert ids(east, "nx-job") == []
    told = module("nomad_job", jobspec={**spec, "Region": "west"}, **there(east, "east"))
    assert told["msg"].startswith("region: the option says 'east', the jobspec says 'west'")


def test_a_job_without_a_region_stays_at_the_server_that_is_asked(regions: Pair) -> None:
    east, west = regions
    spec = running.parameterized("nx-stay")
    assert module("nomad_job", jobspec=spec, **there(west, None))["changed"]
    assert not module("nomad_job", jobspec=spec, **there(west, None))["changed"]
    assert (ids(east, "nx-stay"), ids(west, "nx-stay")) == ([], ["nx-stay"])


def test_dispatch_info_and_absent(regions: Pair) -> None:
    east, west = regions
    for agent in regions:
        spec = running.parameterized("nx-runs")
        assert module("nomad_job", jobspec=spec, **there(agent, None))["changed"]
    wanted = {"job_id": "nx-runs", "idempotency_token": "nx", "wait": False}
    first = module("nomad_job_dispatch", **wanted, **there(east, "west"))
    again = module("nomad_job_dispatch", **wanted, **there(west, None))
    assert (first["changed"], again["changed"]) == (True, False)
    assert first["dispatched_job_id"] == again["dispatched_job_id"]
    assert ids(east, "nx-runs") == ["nx-runs"]
    found = module("nomad_job_info", prefix="nx-runs", **there(east, "west"))["result"]
    assert [job["ID"] for job in found] == ["nx-runs", first["dispatched_job_id"]]
    other = module("nomad_job_dispatch", **wanted, **there(east, None))
    assert other["changed"], "a token is known in its own region only"
    acted = {"job_id": first["dispatched_job_id"], "action": "evaluate", "wait": False}
    assert module("nomad_job_action", **acted, **there(east, "west"))["changed"]
    gone = {"job_id": "nx-runs", "state": "absent", "wait": False}
    assert module("nomad_job", **gone, **there(east, "west"))["changed"]
    assert [a.ask("GET", "job/nx-runs")["Stop"] for a in regions] == [False, True]


def test_variables_and_namespaces(regions: Pair) -> None:
    east, west = regions
    item = {"path": "nx/region", "items": {"a": "1"}}
    name = {"name": "nx-region"}
    for module_name, wanted in (("nomad_namespace", name), ("nomad_variable", item)):
        assert module(module_name, **wanted, **there(east, "west"))["changed"]
        assert not module(module_name, **wanted, **there(west, None))["changed"]
        assert module(module_name, check=True, **wanted, **there(east, None))["changed"]
        gone = {**wanted, "state": "absent"}
        gone.pop("items", None)
        assert module(module_name, **gone, **there(east, "west"))["changed"]


def test_a_region_that_is_not_there(regions: Pair) -> None:
    told = module("nomad_job_info", **there(regions[0], "north"))["msg"]
    assert "No path to region. Correct the region (option region or" in told
    assert "NOMAD_REGION" in told
