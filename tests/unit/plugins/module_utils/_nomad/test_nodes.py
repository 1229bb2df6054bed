# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import nodes

Json = dict[str, t.Any]
NOTHING: Json = {
    "drain": None,
    "deadline": None,
    "ignore_system_jobs": False,
    "eligibility": None,
    "meta": None,
}
A, B = "dbb84c36-fb53-6753-cfd4-f1d8f4f9b3d3", "9e8316b6-639f-aa7d-fee8-2f690c908938"
SECOND = nodes.SECOND


def node(drain: Json | None = None, last: str = "", eligible: bool | None = None) -> Json:
    if eligible is None:
        eligible = not (drain or last == "complete")
    return {
        "ID": A,
        "Name": "web",
        "DrainStrategy": drain,
        "SchedulingEligibility": "eligible" if eligible else "ineligible",
        "LastDrain": {"Status": last} if last else None,
    }


def strategy(deadline: int = 3600, ignore: bool = False) -> Json:
    return {"Deadline": deadline * SECOND, "IgnoreSystemJobs": ignore}


def running(
    name: str = "web.g[0]", kind: str = "service", desired: str = "run", status: str = "running"
) -> Json:
    fields = {"ID": "i", "Name": name, "Namespace": "default", "JobID": "web"}
    states = {"DesiredStatus": desired, "ClientStatus": status, "Job": {"Type": kind}}
    return {**fields, **states}


def change(node: Json, left: t.Any = (), meta: Json | None = None, **params: t.Any) -> nodes.Change:
    return nodes.change(node, list(left), meta or {}, {**NOTHING, **params})


# Which node


def known(*rows: tuple[str, str, str]) -> list[Json]:
    return [{"ID": i, "Name": name, "Status": status} for i, name, status in rows]


def test_by_name_or_by_the_beginning_of_the_id() -> None:
    there = known((A, "web", "ready"), (B, "db", "ready"))
    assert nodes.is_id(A)
    assert not nodes.is_id(A[:-1])
    for wanted in ("web", A, A[:8], A[:4]):
        assert nodes.chosen(there, wanted) == A


def test_a_name_wins_over_an_id() -> None:
    assert nodes.chosen(known((A, "web", "ready"), (B, A[:8], "ready")), A[:8]) == B


def test_of_one_name_the_node_that_is_alive() -> None:
    assert nodes.chosen(known((A, "web", "down"), (B, "web", "ready")), "web") == B
    assert nodes.chosen(known((A, "web", "down"), (B, "db", "ready")), "web") == A


@pytest.mark.parametrize(
    ("there", "wanted", "words"),
    [
        ([(A, "web", "ready"), (B, "web", "ready")], "web", f"fits 2 nodes: web .{A}., web .{B}."),
        ([(A, "web", "ready")], "nope", "no node named nope.* Nomad has web"),
        ([(A, "web", "ready")], A[:3], "no node named"),
        ([], "web", "Nomad has none at all"),
    ],
)
def test_what_is_no_one_node(there: list[tuple[str, str, str]], wanted: str, words: str) -> None:
    with pytest.raises(UserError, match=f"^node: .*{words}"):
        nodes.chosen(known(*there), wanted)


# What is to change


@pytest.mark.parametrize(
    ("there", "left", "params", "expected"),
    [
        (node(), [running()], {}, strategy()),
        (node(), [], {"deadline": 0, "ignore_system_jobs": True}, strategy(0, True)),
        (node(), [], {"deadline": -1}, strategy(-1)),
        (node(strategy(60)), [running()], {}, None),
        (node(strategy(60)), [running()], {"deadline": 60}, None),
        (node(strategy(60)), [running()], {"deadline": 61}, strategy(61)),
        (node(strategy(60)), [], {"ignore_system_jobs": True}, strategy(60, True)),
        (node(last="complete"), [], {"deadline": 5}, None),
        (node(last="complete"), [running(desired="stop")], {}, None),
        (node(last="complete"), [running()], {}, strategy()),
        (node(last="complete", eligible=True), [], {}, strategy()),
        (node(last="canceled", eligible=False), [], {}, strategy()),
        (node(eligible=False), [], {}, strategy()),
    ],
)
def test_draining(there: Json, left: list[Json], params: Json, expected: Json | None) -> None:
    found = change(there, left, drain=True, **params)
    assert found == nodes.Change(strategy=expected)
    assert bool(found) is (expected is not None)


@pytest.mark.parametrize(
    ("there", "eligibility", "expected"),
    [
        (node(strategy()), None, nodes.Change(end=True, eligibility="eligible")),
        (node(strategy()), "ineligible", nodes.Change(end=True, eligibility="ineligible")),
        (node(last="complete"), None, nodes.Change(eligibility="eligible")),
        (node(last="complete"), "ineligible", nodes.Change()),
        (node(), None, nodes.Change()),
        (node(), "ineligible", nodes.Change(eligibility="ineligible")),
    ],
)
def test_taking_back(there: Json, eligibility: str | None, expected: nodes.Change) -> None:
    assert change(there, drain=False, eligibility=eligibility) == expected


def test_eligibility_alone() -> None:
    assert change(node(), eligibility="ineligible").eligibility == "ineligible"
    assert not change(node(), eligibility="eligible")
    assert not change(node(strategy()), eligibility="ineligible")
    with pytest.raises(UserError, match=r"^eligibility: node web is being drained"):
        change(node(strategy()), eligibility="eligible")


def test_meta() -> None:
    there = {"rack": "r7", "old": "x"}
    wanted = {"rack": "r7", "trainer": True, "old": None, "none": None, "n": 5}
    assert change(node(), meta=there) == nodes.Change()
    found = nodes.change(node(), [], there, {**NOTHING, "meta": wanted})
    assert found == nodes.Change(meta={"trainer": "true", "old": None, "n": "5"})


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"drain": True, "eligibility": "eligible"}, "^eligibility: a drain makes"),
        ({"drain": True, "deadline": -2}, "^deadline is -2"),
    ],
)
def test_what_makes_no_sense(params: Json, words: str) -> None:
    with pytest.raises(UserError, match=words):
        nodes.check({**NOTHING, **params})


@pytest.mark.parametrize(
    ("there", "changed", "before", "after"),
    [
        (
            node(),
            nodes.Change(strategy=strategy(60)),
            {"drain": False, "eligibility": "eligible"},
            {
                "drain": {"deadline": 60, "ignore_system_jobs": False},
                "eligibility": "ineligible",
            },
        ),
        (
            node(strategy(-1, True)),
            nodes.Change(end=True, eligibility="eligible"),
            {"drain": {"deadline": -1, "ignore_system_jobs": True}, "eligibility": "ineligible"},
            {"drain": False, "eligibility": "eligible"},
        ),
        (
            node(),
            nodes.Change(meta={"a": "1"}),
            {"drain": False, "eligibility": "eligible"},
            {"drain": False, "eligibility": "eligible", "meta": {"a": "1"}},
        ),
    ],
)
def test_the_diff(there: Json, changed: nodes.Change, before: Json, after: Json) -> None:
    assert nodes.standing(there, {}) == before
    assert nodes.standing(there, {}, changed) == after


def test_a_key_that_goes_is_not_in_the_diff() -> None:
    changed = nodes.Change(meta={"a": None})
    assert "meta" not in nodes.standing(node(), {"a": "1"}, changed)


# When a drain is over


def test_what_is_left() -> None:
    service, system, sweep = running(), running("s", "system"), running("b", "sysbatch")
    pending, ended = running("p", status="pending"), running("e", status="complete")
    everything = [service, system, sweep, pending, ended, running("f", status="failed")]
    assert nodes.left(everything, False) == [service, system, sweep, pending]
    assert nodes.left(everything, True) == [service, pending]


@pytest.mark.parametrize(
    ("there", "left", "expected"),
    [
        (node(strategy()), [], nodes.DRAINING),
        (node(last="complete"), [running(desired="stop")], nodes.STOPPING),
        (node(last="complete"), [], nodes.DONE),
        (node(last="canceled"), [], nodes.ENDED),
        (node(), [], nodes.ENDED),
    ],
)
def test_phases(there: Json, left: list[Json], expected: str) -> None:
    assert nodes.phase(there, left) == expected


def test_many_allocations_in_a_message() -> None:
    assert nodes.listed([running()]) == "1 allocations are left: web.g[0]"
    many = nodes.listed([running(f"a{n:02}") for n in range(12)])
    assert many.endswith("a08, a09 and 2 more")
