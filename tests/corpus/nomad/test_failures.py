# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that do not come up: the message names the cause, and the log has what the task said."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml

from . import stage
from .test_idempotency import HERE

CASES: dict[str, dict[str, t.Any]] = yaml.safe_load((HERE / "failures.yml").read_text())


@pytest.mark.parametrize("name", CASES)
def test_the_message_names_the_cause(
    nomad: stage.Stage, jobs: list[str], name: str, told: list[str]
) -> None:
    case = CASES[name]
    text = (HERE / "failures" / f"{name}.nomad.hcl").read_text()
    job = re.findall(r'^job "(\S+)"', text, re.MULTILINE)[0]
    assert nomad.get(f"job/{job}") is None, f"{job} is there before the test"
    jobs.append(job)
    params = {"wait_for": "complete" if case["kind"] == "batch" else "auto", "wait_timeout": 90}
    if "then" in case:
        first = nomad.run("nomad_job", jobspec=text, **params)
        assert not first.get("failed"), first["msg"]
        assert text.count(case["then"][0]) == 1
        text = text.replace(*case["then"])
    result = nomad.run("nomad_job", jobspec=text, **params)
    told.append(f"{name}, {result.seconds:.1f} s: {result.get('msg')}")
    assert result["failed"]
    for word in case["words"]:
        assert word in result["msg"]
    assert (nomad.get(f"job/{job}") is None) == (case["kind"] == "unplaceable")
    said = [line for f in result.get("failures", []) for line in f["stdout"] + f["stderr"]]
    assert case.get("log") in (None, *said)
