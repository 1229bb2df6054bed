# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule finds what it is there for, in a board that is right but for one thing."""

from __future__ import annotations

import copy
import typing as t

import pytest
from boards import BOARDS, lint, promql, render
from boards.model import Json
from hypothesis import given
from hypothesis import strategies as st

RIGHT = {board.uid: render.render(board) for board in BOARDS}
Change = t.Callable[[Json], None]


def stat(board: Json) -> Json:
    found: Json = lint.panels(board)[0]
    return found


def expr(text: str) -> Change:
    return lambda board: stat(board)["targets"][0].update(expr=text, legendFormat="__auto")


def legend(text: str) -> Change:
    return lambda board: stat(board)["targets"][0].update(legendFormat=text)


def place(**changes: int) -> Change:
    return lambda board: stat(board)["gridPos"].update(changes)


def default(**changes: t.Any) -> Change:
    return lambda board: stat(board)["fieldConfig"]["defaults"].update(changes)


STEPS = [{"color": "green", "value": None}, {"color": "red", "value": 2}]
URL = {"title": "x", "targetBlank": False}

WRONG: list[tuple[str, Change, str]] = [
    ("identity", lambda b: b.update(schemaVersion=41), "schemaVersion 38"),
    ("identity", lambda b: b.update(tags=["mlops"]), "tags"),
    ("identity", lambda b: b.update(version=3), "version is of one server"),
    ("numbers", lambda b: stat(b).update(id=1), "id 1 is there twice"),
    ("numbers", lambda b: stat(b).update(title=lint.panels(b)[1]["title"]), "is there twice"),
    ("layout", place(x=22, w=4), "24 columns"),
    ("layout", place(x=1), "overlap"),
    ("complete", lambda b: stat(b).update(type="graph"), "type graph"),
    ("complete", lambda b: stat(b).update(description=""), "description"),
    ("complete", default(unit="flops"), "unit flops"),
    ("complete", default(noValue=""), "no value"),
    ("thresholds", default(thresholds={"steps": STEPS[::-1]}), "begin with none"),
    ("thresholds", default(thresholds={"steps": [*STEPS, STEPS[1] | {"value": 1}]}), "rise"),
    (
        "sources",
        lambda b: stat(b).update(datasource={"type": "prometheus", "uid": "x"}),
        "datasource",
    ),
    ("targets", lambda b: stat(b).update(targets=[]), "letter"),
    ("targets", lambda b: stat(b)["targets"][0].update(instant=True, range=True), "instant or"),
    ("parses", expr("sum(up"), "Consul leader A"),
    ("jobs", expr("nomad_raft_lastIndex"), "does not name its scrape job"),
    ("jobs", expr('nomad_nomad_job_summary_running{job="ml-training"}'), "exported_job"),
    ("counters", expr('consul_rpc_request_count{job="consul"}'), "take its rate"),
    ("counters", expr('increase(nomad_client_allocs_failed{job="nomad"}[1h])'), "born with"),
    ("windows", expr('rate(x_total{job="a"}[15s])'), "four scrapes"),
    ("leaders", expr('sum(nomad_nomad_broker_total_ready{job="nomad"})'), "take max"),
    ("twins", expr('max(consul_state_nodes{job="consul"})'), "always 0"),
    ("legends", legend("{{node}}"), "no label node"),
    ("choices", expr('up{instance=~"$nobody"}'), "no variable nobody"),
    ("links", default(links=[URL | {"url": "/d/elsewhere"}]), "no board of ours"),
    ("links", default(links=[URL | {"url": "/d/mlops-nomad?var-x=1"}]), "no variable x"),
]


@pytest.mark.parametrize(("rule", "change", "says"), WRONG, ids=lambda one: str(one)[:30])
def test_a_rule_finds(rule: str, change: Change, says: str) -> None:
    board = copy.deepcopy(RIGHT["mlops-overview"])
    change(board)
    check = getattr(lint, rule)
    found = list(check(board, RIGHT) if rule == "links" else check(board))
    assert any(says in problem for problem in found), found


def test_a_variable_that_nothing_uses_is_found() -> None:
    board = copy.deepcopy(RIGHT["mlops-overview"])
    board["templating"]["list"] = RIGHT["mlops-jobs"]["templating"]["list"]
    assert "variable nomad_job is not used" in list(lint.choices(board))


def test_a_counter_may_be_counted() -> None:
    board = copy.deepcopy(RIGHT["mlops-overview"])
    expr('count(node_cpu_seconds_total{job="node"})')(board)
    assert list(lint.counters(board)) == []


def test_every_rule_has_a_case() -> None:
    assert {rule.__name__ for rule in lint.RULES} | {"links"} == {rule for rule, *_rest in WRONG}


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("up", None),
        ("sum(up)", set()),
        ("sum by (a, b) (up)", {"a", "b"}),
        ("topk(3, max by (a) (up))", {"a"}),
        ("max by (a) (x) / max by (a) (y)", {"a"}),
        ("(max by (a) (x)) * 100 > 0", {"a"}),
        ("rate(x[5m])", None),
        ("clamp_min(sum by (c) (x), 0)", {"c"}),
        ('label_replace(sum by (c) (x), "d", "$1", "c", ".*-(.*)")', {"c", "d"}),
    ],
)
def test_labels_that_are_left(query: str, kept: set[str] | None) -> None:
    assert promql.labels_kept(query) == kept


@given(st.lists(st.sampled_from(["$__range", "$__rate_interval", "$run_id", "${node:regex}"])))
def test_a_filled_query_has_no_variable_left(parts: list[str]) -> None:
    assert "$" not in promql.filled(" ".join(parts))
