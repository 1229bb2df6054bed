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
        ({"ParameterizedJob": {}}, {"Place": 1}, {}),
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
        ({"ParameterizedJob": {"Payload": "optional"}}, {"ParameterizedJob": {}}, ""),
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


POLICY = {"cooldown": "2m", "check": [{"load": [{"query": "avg(load)"}]}]}
KEPT = {"Name": "g", "Scaling": {"Type": "horizontal", "Max": 5, "Policy": POLICY}}
KEPT["Scaling"]["Target"] = {"Namespace": "default", "Job": "x", "Group": "g"}  # type: ignore[index]
EMPTY = {"Name": "Scaling", "Type": "Edited", "Fields": None, "Objects": None}
UNTOUCHED = {"Name": "t", "Type": "None", "Fields": None, "Objects": None}


def edited(**fields: t.Any) -> dict[str, t.Any]:
    """What a real server says of the second application of a policy with blocks."""
    group = {"Name": "g", "Type": "Edited", "Fields": None, "Objects": [EMPTY]}
    group.update(Tasks=[UNTOUCHED])
    diff = {"Type": "Edited", "Fields": None, "Objects": None, "TaskGroups": [{**group, **fields}]}
    return {**answer(InPlaceUpdate=1), "Diff": diff}


@pytest.mark.parametrize(
    ("scaling", "plan_of_it", "changed"),
    [
        ({"Policy": POLICY}, edited(), False),
        ({"Policy": POLICY, "Type": "", "Target": {"Job": "x"}}, edited(), False),
        ({"Policy": {**POLICY, "cooldown": "3m"}}, edited(), True),
        ({"Policy": None}, edited(), True),
        ({"Policy": POLICY, "Target": {"Job": "y"}}, edited(), True),
        ({"Policy": POLICY, "Type": "vertical"}, edited(), True),
        ({"Policy": POLICY}, edited(Fields=[{"Name": "Count"}]), True),
        ({"Policy": POLICY}, edited(Objects=[EMPTY, {"Name": "Update", "Type": "Edited"}]), True),
        ({"Policy": POLICY}, edited(Objects=[{**EMPTY, "Fields": [{"Name": "Max"}]}]), True),
        ({"Policy": POLICY}, edited(Objects=[]), True),
        ({"Policy": POLICY}, edited(Tasks=[{"Name": "t", "Type": "Edited"}]), True),
        ({"Policy": POLICY}, edited(Type="Added"), True),
    ],
)
def test_an_empty_edit_of_scaling_is_looked_into(
    scaling: dict[str, t.Any], plan_of_it: dict[str, t.Any], changed: bool
) -> None:
    job = {"ID": "x", "TaskGroups": [{"Name": "g", "Scaling": scaling}]}
    observed = {"ID": "x", "Namespace": "default", "TaskGroups": [KEPT]}
    assert bool(plan.decide(job, observed, plan_of_it)) is changed


def test_a_field_of_the_job_is_a_change_beside_an_empty_edit() -> None:
    job = {"ID": "x", "TaskGroups": [{"Name": "g", "Scaling": {"Policy": POLICY}}]}
    found = edited()
    found["Diff"]["Fields"] = [{"Name": "Priority", "Type": "Edited"}]
    assert plan.decide(job, {"ID": "x", "TaskGroups": [KEPT]}, found)
