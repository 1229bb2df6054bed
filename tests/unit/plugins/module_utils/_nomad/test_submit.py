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
    ("before", "observed", "words"),
    [
        (None, {"JobModifyIndex": 20, "Version": 0}, ""),
        (None, {"JobModifyIndex": 15, "Version": 0}, ""),
        (None, {"JobModifyIndex": 20, "Version": 1}, "while this one was compared"),
        (3, {"JobModifyIndex": 20, "Version": 4}, ""),
        (3, {"JobModifyIndex": 20, "Version": 3}, ""),
        (3, {"JobModifyIndex": 20, "Version": 5}, "version 5 has taken its place"),
        (3, {"JobModifyIndex": 20, "Version": 5}, "nomad job history -p x"),
        (3, {"JobModifyIndex": 21, "Version": 5}, "right after this one"),
        (3, {"JobModifyIndex": 20, "Version": 0}, ""),
        (3, None, "removed"),
    ],
)
def test_overtaken(before: int | None, observed: dict[str, t.Any] | None, words: str) -> None:
    compared = None if before is None else {"ID": "x", "Version": before}
    now = observed and {"ID": "x", **observed}
    problem = submit.overtaken(submit.Registration("e", 20), compared, now)
    assert words in problem
    assert bool(problem) is bool(words)


def test_a_job_that_is_run_again_is_two_versions_further() -> None:
    mine = submit.Registration("e", 20, versions=2)
    now = {"ID": "x", "JobModifyIndex": 20}
    assert not submit.overtaken(mine, {"Version": 3}, {**now, "Version": 5})
    assert submit.overtaken(mine, {"Version": 3}, {**now, "Version": 6})


def version(number: int, **fields: t.Any) -> dict[str, t.Any]:
    stamp = {"JobModifyIndex": 20 + number, "SubmitTime": number, "Status": f"s{number}"}
    return {"ID": "x", "Version": number, **stamp, **fields}


@pytest.mark.parametrize(
    ("versions", "before", "same"),
    [
        ([version(1), version(0)], None, True),
        ([version(2), version(1), version(0, Priority=9)], 0, True),
        ([version(2), version(1, Priority=9), version(0)], 0, False),
        ([version(2, Stop=True), version(1), version(0)], 0, False),
        ([version(4), version(3)], 0, False),  # Nomad has forgotten the one between
        ([], 0, False),
    ],
)
def test_the_same_job_of_several_writers(
    versions: list[dict[str, t.Any]], before: int | None, same: bool
) -> None:
    compared = None if before is None else version(before)
    assert submit.the_same(versions, compared) is same
