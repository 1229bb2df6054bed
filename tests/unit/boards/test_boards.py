# SPDX-License-Identifier: GPL-3.0-or-later
"""The boards as they are committed: what was generated, by every rule, of metrics that exist."""

from __future__ import annotations

import json
import pathlib
import typing as t

import jsonschema
import pytest
from boards import BOARDS, lint, promql, prove, render
from boards.__main__ import DIRECTORY
from boards.model import Board, Json

SCHEMA = json.loads(pathlib.Path(lint.__file__).with_name("schema.json").read_text())
COMMITTED: dict[str, Json] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in DIRECTORY.glob("*.json")
}
# What a board may ask for besides what Nomad has, by scrape job.
KNOWN = {
    "alertmanager": "alertmanager-0.25.0",
    "consul": "consul-1.8.7",
    "node": "node-exporter-1.5.0",
    "ml-training": "trainer",
    "prometheus": "prometheus-2.47.0",
}
# The service's own, of which no server was at hand that is not a simulator.
GRAFANA = {"grafana_build_info", "grafana_http_request_duration_seconds_bucket"}

every_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)


def test_seven_boards_are_committed() -> None:
    assert sorted(COMMITTED) == sorted(board.uid for board in BOARDS)
    assert len(COMMITTED) == 7


@every_board
def test_what_is_committed_is_what_is_generated(board: Board) -> None:
    path = DIRECTORY / f"{board.uid}.json"
    assert path.read_text(encoding="utf-8") == render.text(board), "run `make boards`"


@every_board
def test_every_rule(board: Board) -> None:
    assert lint.problems(COMMITTED[board.uid], COMMITTED) == []


@every_board
def test_nothing_but_what_the_schema_has(board: Board) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(COMMITTED[board.uid])


@every_board
def test_every_event_and_need_is_said_in_words(board: Board) -> None:
    for _title, _letter, query in board.queries():
        assert bool(query.when.what) == (query.when.kind != "live")


def names_by_job() -> t.Iterator[tuple[str, str, str]]:
    for board in BOARDS:
        for title, _letter, query in board.queries():
            for selector in promql.selectors(query.expr):
                job = promql.matchers(selector).get("job", "")
                yield f"{board.uid}: {title}", job, selector.name


@pytest.mark.parametrize("version", ["nomad-1.6.10", "nomad-2.0.5"])
def test_a_real_nomad_has_every_metric(version: str) -> None:
    documented = exposed("nomad")
    used = {name for _where, job, name in names_by_job() if job == "nomad"}
    assert len(used) > 40
    assert used - prove.names(version) - documented == set()


def test_every_other_metric_was_seen_on_a_real_server_or_is_documented() -> None:
    for where, job, name in names_by_job():
        if job in KNOWN:
            assert name in prove.names(KNOWN[job]) | exposed(job) | GRAFANA, where
        elif job == "grafana":
            assert name in GRAFANA, where


def test_what_several_services_have_is_had_by_each() -> None:
    shared = {name for _where, job, name in names_by_job() if "|" in job}
    assert shared
    for version in ("nomad-1.6.10", "consul-1.8.7", "prometheus-2.47.0"):
        assert shared - prove.names(version) - {"up"} == set()


def exposed(job: str) -> set[str]:
    """The metrics that are written from documentation."""
    path = pathlib.Path(lint.__file__).parent / "documented" / f"{job}.prom"
    if not path.exists():
        return set()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# Written from the documentation")
    return {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
