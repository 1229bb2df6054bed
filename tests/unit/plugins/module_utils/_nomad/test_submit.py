# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import submit
from ansible_collections.mlops.infra.plugins.module_utils._nomad.plan import Change

NO_ROOM = {"g": {"NodesEvaluated": 1}}


@pytest.mark.parametrize(
    ("change", "wait", "job", "words"),
    [
        (Change(), True, {}, []),
        (Change(drift={"Place": 1}), True, {}, ["unchanged, but its allocations"]),
        (Change(drift={"Place": 1}, unplaceable=NO_ROOM), True, {}, ["no node can take it"]),
        (Change(("new",), unplaceable=NO_ROOM), True, {}, []),
        (Change(("new",), unplaceable=NO_ROOM), False, {}, ["no node can take it"]),
        (Change(("new",), unplaceable=NO_ROOM), True, {"Periodic": {"a": 1}}, ["no node can"]),
    ],
)
def test_notices(change: Change, wait: bool, job: dict[str, t.Any], words: list[str]) -> None:
    lines = submit.notices({"ID": "x", **job}, {"Warnings": ""}, change, wait)
    assert len(lines) == len(words)
    assert all(word in line for word, line in zip(words, lines, strict=True))


def test_the_servers_warnings_are_passed_on() -> None:
    planned = {"Warnings": "1 warning:\n\n* careful\n"}
    assert submit.notices({"ID": "x"}, planned, Change(), True) == ["Nomad on job x: careful"]


@pytest.mark.parametrize(
    ("mine", "observed", "words"),
    [
        (20, {"JobModifyIndex": 20}, ""),
        (25, {"JobModifyIndex": 20}, ""),
        (20, {"JobModifyIndex": 21}, "another version"),
        (20, None, "removed"),
    ],
)
def test_overtaken(mine: int, observed: dict[str, t.Any] | None, words: str) -> None:
    problem = submit.overtaken(submit.Registration("e", mine), observed)
    assert words in problem
    assert bool(problem) is bool(words)
