# SPDX-License-Identifier: GPL-3.0-or-later
"""Every block of the jobspec: applied twice nothing happens, changed once it is seen."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml

from . import stage

HERE = pathlib.Path(__file__).parent
CASES: dict[str, dict[str, t.Any]] = yaml.safe_load((HERE / "cases.yml").read_text())
Apply = t.Callable[[t.Any, bool], t.Any]


def jobspec(name: str) -> str:
    return (HERE / "jobspecs" / f"{name}.nomad.hcl").read_text()


def mutated(name: str) -> str:
    before, after = CASES[name]["change"]
    text = jobspec(name)
    assert text.count(before) == 1, f"{name}: {before!r} has to be there once"
    return text.replace(before, after)


def applied(nomad: stage.Stage, **params: t.Any) -> Apply:
    def apply(spec: t.Any, check: bool) -> t.Any:
        result = nomad.run("nomad_job", check=check, jobspec=spec, wait_timeout=60, **params)
        assert not result.get("failed"), result["msg"]
        return result

    return apply


@pytest.mark.parametrize("name", CASES)
def test_twice_and_mutated(nomad: stage.Stage, version: str, jobs: list[str], name: str) -> None:
    case, job = CASES[name], f"np-{name}"
    given, other = jobspec(name), mutated(name)
    apply = applied(nomad, wait=case.get("wait", False))
    assert nomad.get(f"job/{job}") is None, f"{job} is there before the test"
    if version in case.get("refused", {}):
        refused(nomad, given, case["refused"][version])
        assert nomad.get(f"job/{job}") is None
        return
    assert apply(given, True)["changed"]
    assert nomad.get(f"job/{job}") is None
    if "planned" in case:
        return
    jobs.append(job)
    first = apply(given, False)
    assert (first["changed"], first["version"]) == (True, 0)
    unchanged(nomad, job, given, apply)
    if version in case.get("dropped", {}):
        unchanged(nomad, job, other, apply)
        return
    before = nomad.get(f"job/{job}")["JobModifyIndex"]
    assert apply(other, True)["changed"], "the change is not seen in check mode"
    assert nomad.get(f"job/{job}")["JobModifyIndex"] == before
    second = apply(other, False)
    assert second["changed"], "the change is seen in check mode only"
    assert second["version"] == 1
    unchanged(nomad, job, other, apply)


def unchanged(nomad: stage.Stage, job: str, spec: t.Any, apply: Apply, parsed: bool = True) -> None:
    """Nothing but a look, three requests long: no version, no index, no evaluation."""
    nomad.settle(job)
    there, evaluations = nomad.get(f"job/{job}"), nomad.registrations(job)
    for check in (True, False):
        again = apply(spec, check)
        assert not again["changed"], again["reasons"]
        assert (again["version"], again["eval_id"]) == (there["Version"], "")
        looks = [f"GET /v1/job/{job}", f"POST /v1/job/{job}/plan"]
        assert again.requests == (["POST /v1/jobs/parse", *looks] if parsed else looks)
    assert nomad.get(f"job/{job}")["JobModifyIndex"] == there["JobModifyIndex"]
    assert nomad.registrations(job) == evaluations


def refused(nomad: stage.Stage, spec: str, words: str) -> None:
    for check in (True, False):
        result = nomad.run("nomad_job", check=check, jobspec=spec, wait=False)
        assert result["failed"]
        assert words in result["msg"]


IN_HCLS_JSON = {
    "variable": {"run_for": {"type": "string", "default": "600s"}},
    "job": {
        "np-form": {
            "group": {
                "g": {
                    "restart": {"delay": "11s"},
                    "task": {
                        "t": {"driver": "mock_driver", "config": {"run_for": "${var.run_for}"}}
                    },
                }
            }
        }
    },
}
IN_THE_APIS_JSON = {
    "ID": "np-form",
    "TaskGroups": [
        {
            "Name": "g",
            "RestartPolicy": {"Delay": 11_000_000_000},
            "Tasks": [{"Name": "t", "Driver": "mock_driver", "Config": {"run_for": "600s"}}],
        }
    ],
}
FORMS = {
    "hcl-json-dict": (IN_HCLS_JSON, True),
    "hcl-json-text": (json.dumps(IN_HCLS_JSON), True),
    "api-dict": (IN_THE_APIS_JSON, False),
    "api-text": (json.dumps(IN_THE_APIS_JSON), False),
    "api-wrapped": ({"Job": IN_THE_APIS_JSON}, False),
}


@pytest.mark.parametrize("form", FORMS)
def test_other_shapes(nomad: stage.Stage, jobs: list[str], form: str) -> None:
    jobs.append("np-form")
    spec, parsed = FORMS[form]
    apply = applied(nomad, wait=False)
    assert apply(spec, False)["changed"]
    unchanged(nomad, "np-form", spec, apply, parsed)
    text = spec if isinstance(spec, str) else json.dumps(spec)
    other = text.replace('"600s"', '"601s"')
    assert apply(other, True)["changed"]
    assert apply(other, False)["version"] == 1
    unchanged(nomad, "np-form", other, apply, parsed)


ROLLING = """
job "np-rolling" {
  group "g" {
    count = 2

    update {
      max_parallel     = 1
      min_healthy_time = "5s"
    }

    task "t" {
      driver = "mock_driver"

      config {
        run_for = "600s"
      }
    }
  }
}
"""


def test_a_rollout_under_way_is_no_change(nomad: stage.Stage, jobs: list[str]) -> None:
    jobs.append("np-rolling")
    apply = applied(nomad, wait=False)
    apply(ROLLING, False)
    nomad.settle("np-rolling")
    other = ROLLING.replace("600s", "601s")
    assert apply(other, False)["version"] == 1
    unchanged(nomad, "np-rolling", other, apply)


def test_what_the_scheduler_is_about_to_do_is_no_change(
    nomad: stage.Stage, jobs: list[str]
) -> None:
    jobs.append("np-rolling")
    apply = applied(nomad, wait=False)
    apply(ROLLING, False)
    nomad.settle("np-rolling")
    other = ROLLING.replace("600s", "601s")
    with nomad.paused():
        assert apply(other, False)["version"] == 1
        again = apply(other, True)
        assert again["plan"]["Annotations"]["DesiredTGUpdates"]["g"]["DestructiveUpdate"] == 1
        for result in (again, apply(other, False)):
            assert (result["changed"], result["reasons"], result["version"]) == (False, [], 1)
    unchanged(nomad, "np-rolling", other, apply)
