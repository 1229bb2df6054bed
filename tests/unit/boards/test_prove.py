# SPDX-License-Identifier: GPL-3.0-or-later
"""What a proof makes of an answer, and of none."""

from __future__ import annotations

import pytest
from boards import documented, prove
from boards.model import LIVE, Query, When, after, needs

ONE = [{"instance": "a"}]


class Server(prove.Prometheus):
    """Answers what it was given, by query; nothing to everything else."""

    def __init__(
        self, now: dict[str, list[dict[str, str]]], lately: dict[str, list[dict[str, str]]]
    ):
        super().__init__("http://127.0.0.1:9", 1)
        self._now, self._lately = now, lately

    def now(self, expr: str) -> list[dict[str, str]]:
        if expr == "broken":
            raise ValueError("1:1: parse error")
        return self._now.get(expr, [])

    def lately(self, expr: str) -> list[dict[str, str]]:
        return self._lately.get(expr, [])


def judged(
    query: Query,
    now: dict[str, list[dict[str, str]]] | None = None,
    lately: dict[str, list[dict[str, str]]] | None = None,
    events: bool = True,
    simulated: bool = False,
) -> tuple[str, str]:
    proof = prove.Proof(Server(now or {}, lately or {}), events, simulated)
    found = proof.judge("here", query)
    return found.verdict, found.why


@pytest.mark.parametrize("when", [LIVE, after("it"), needs("more")])
def test_an_answer_is_an_answer(when: When) -> None:
    assert judged(Query("up", "{{instance}}", when), now={"up": ONE}) == ("answered", "")


@pytest.mark.parametrize("when", [LIVE, after("it"), needs("more")])
def test_a_query_that_is_not_understood_fails(when: When) -> None:
    assert judged(Query("broken", when=when), events=False) == ("FAILED", "1:1: parse error")


def test_a_live_query_has_to_answer_now() -> None:
    assert judged(Query("up"), lately={"up": ONE}) == ("FAILED", "no series")


def test_an_event_may_have_been_earlier() -> None:
    query = Query("up", when=after("it"))
    assert judged(query, lately={"up": ONE}) == ("answered", "")
    assert judged(query) == ("FAILED", "no series")
    assert judged(query, events=False) == ("understood", "event: it")


def test_a_label_that_a_legend_needs_has_to_be_there() -> None:
    query = Query("up", "{{instance}} {{node}}")
    assert judged(query, now={"up": ONE}) == ("FAILED", "lacks node")
    assert judged(Query("up", labels=("run",)), now={"up": ONE})[0] == "FAILED"
    assert judged(query, now={"up": [*ONE, {"instance": "b", "node": "n"}]})[0] == "answered"


def test_only_what_a_real_nomad_has_may_be_missing_from_a_simulator() -> None:
    real, invented = 'nomad_raft_boltdb_freePageBytes{job="nomad"}', 'nomad_made_up{job="nomad"}'
    assert judged(Query(real), simulated=True)[0] == "not simulated"
    assert judged(Query(real))[0] == "FAILED"
    assert judged(Query(invented), simulated=True)[0] == "FAILED"
    there = {"nomad_raft_boltdb_freePageBytes": ONE}
    assert judged(Query(real), lately=there, simulated=True)[0] == "FAILED"


def test_the_documented_metrics_are_of_jobs_that_are_scraped() -> None:
    assert documented.JOBS == ["consul", "nomad"]
