# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._nomad import plan

SPREAD = {"Attribute": "${node.datacenter}", "Weight": 50, "SpreadTarget": None}


def answer(diff: str = "None", failed: t.Any = None, **updates: int) -> dict[str, t.Any]:
    return {
        "Diff": {"Type": diff},
        "Annotations": {"DesiredTGUpdates": {"g": updates, "h": {"Reconnect": 0}}},
        "FailedTGAllocs": failed,
    }


@pytest.mark.parametrize(
    ("observed", "given", "changed"),
    [
        (None, answer("Added", Place=1), True),
        ({}, answer(), False),
        ({}, answer("Edited"), True),
        ({}, answer(InPlaceUpdate=1), True),
        ({}, answer(DestructiveUpdate=1), True),
        ({}, answer(Canary=2), True),
        ({}, answer(Ignore=3), False),
        ({}, answer(Place=1), False),
        ({}, {"Diff": None, "Annotations": None}, False),
        ({"Stop": True}, answer(), True),
        ({"Status": "dead"}, answer(), False),
        ({"Spreads": [SPREAD]}, answer(), True),
    ],
)
def test_each_signal_counts(
    observed: dict[str, t.Any] | None, given: dict[str, t.Any], changed: bool
) -> None:
    found = plan.decide({"ID": "x"}, observed, given)
    assert bool(found) is changed
    assert bool(found.reasons) is changed


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (None, [], True),
        (None, None, True),
        ([SPREAD], [{"Attribute": "${node.datacenter}"}], True),
        ([SPREAD], [{**SPREAD, "Weight": 51}], False),
        ([SPREAD], [{**SPREAD, "Weight": 0}], False),
        ([SPREAD], [{**SPREAD, "SpreadTarget": [{"Value": "dc1", "Percent": 9}]}], False),
        ([SPREAD, SPREAD], [SPREAD], False),
        ([SPREAD], None, False),
    ],
)
def test_spreads_are_compared_with_the_servers_defaults(
    before: t.Any, after: t.Any, same: bool
) -> None:
    assert (plan.forgotten({"Spreads": after}, {"Spreads": before}) == {}) is same


@pytest.mark.parametrize(
    ("job", "updates", "drift"),
    [
        ({}, {"Place": 2}, {"Place": 2}),
        ({}, {"Place": 0, "Stop": 1}, {"Stop": 1}),
        ({"Type": "system"}, {"Place": 1, "Ignore": 1}, {}),
        ({"Type": "system"}, {"Place": 2, "Ignore": 1}, {"Place": 2}),
        ({"Periodic": {}}, {"Place": 1}, {"Place": 1}),
        ({"Periodic": {"Spec": "@daily"}}, {"Place": 1}, {}),
        ({"ParameterizedJob": {"Payload": "optional"}}, {"Place": 1}, {}),
    ],
)
def test_drift_is_told_and_is_no_change(
    job: dict[str, t.Any], updates: dict[str, int], drift: dict[str, int]
) -> None:
    found = plan.decide(job, {}, answer(**updates))
    assert found.drift == drift
    assert not found


def test_a_changed_job_has_no_drift() -> None:
    assert plan.decide({}, {}, answer("Edited", Place=1)).drift == {}


def test_what_cannot_be_placed_is_kept() -> None:
    assert plan.decide({}, {}, answer(failed={"g": {"NodesEvaluated": 0}})).unplaceable == {
        "g": {"NodesEvaluated": 0}
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"Type": "service"}, {}, ""),
        ({"Type": "service"}, {"Type": "batch"}, "from service to batch"),
        ({"Type": "batch", "Periodic": {"Spec": "x"}}, {"Type": "batch"}, "not periodic"),
        ({"Type": "batch"}, {"Type": "batch", "Periodic": {"Spec": "x"}}, "make it periodic"),
        ({"Type": "batch", "ParameterizedJob": {"Payload": ""}}, {"Type": "batch"}, "not param"),
        ({"Type": "batch", "Periodic": None}, {"Type": "batch"}, ""),
    ],
)
def test_transitions_that_nomad_refuses(
    old: dict[str, t.Any], new: dict[str, t.Any], words: str
) -> None:
    problem = plan.forbidden_transition(new, old)
    assert words in problem
    assert bool(problem) is bool(words)


def test_a_new_job_may_be_anything() -> None:
    assert plan.forbidden_transition({"Type": "sysbatch"}, None) == ""
