# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator answers as the recorded server did, but for what is known to differ in 10.1."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import typing as t

import pytest

from .cases import CASES
from .compare import Answer, Known, findings, flat, unknown

HERE = pathlib.Path(__file__).parent
RECORDED: dict[str, Answer] = {
    answer["name"]: answer
    for answer in json.loads((HERE / "transcripts/7.5.json").read_text(encoding="utf-8"))
}
KNOWN = [
    Known.load(entry)
    for entry in json.loads((HERE / "differences.json").read_text(encoding="utf-8"))
]


def test_every_case_is_recorded() -> None:
    assert [case["name"] for case in CASES] == list(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_answer_is_as_recorded(name: str, answers: dict[str, Answer]) -> None:
    assert unknown(name, findings(RECORDED[name], answers[name]), KNOWN) == []


@pytest.mark.skipif(
    "MLOPS_GRAFANA_CONTRACT_URL" in os.environ, reason="the differences are those of the simulator"
)
@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.why[:40])
def test_each_known_difference_is_still_there(known: Known, answers: dict[str, Answer]) -> None:
    """A reason that explains nothing any more has to go, and so has each of its patterns."""
    for pattern in known.findings:
        single = Known(known.why, known.cases, (pattern,))
        assert any(
            single.covers(name, finding)
            for name, recorded in RECORDED.items()
            for finding in findings(recorded, answers[name])
        ), pattern


@pytest.mark.parametrize("name", RECORDED)
def test_comparison_sees_every_change(name: str) -> None:
    recorded = RECORDED[name]
    assert findings(recorded, recorded) == []
    for mutant in _mutants(recorded):
        assert findings(recorded, mutant), mutant


def _mutants(recorded: Answer) -> t.Iterator[Answer]:
    yield {**recorded, "status": recorded["status"] + 1}
    for key in recorded["says"]:
        yield {**recorded, "says": {**recorded["says"], key: "another"}}
        yield {**recorded, "says": {k: v for k, v in recorded["says"].items() if k != key}}
    yield from _shape_mutants(recorded)


def _shape_mutants(recorded: Answer) -> t.Iterator[Answer]:
    shape = recorded["shape"]
    yield {**recorded, "shape": ["null"] if flat(shape) != flat(["null"]) else "null"}
    if isinstance(shape, dict):
        for key in shape:
            less = copy.deepcopy(shape)
            del less[key]
            yield {**recorded, "shape": less}
            yield {**recorded, "shape": {**shape, key: {"another": "type"}}}
