# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards as people have them, the same ones each time."""

from __future__ import annotations

import json
import pathlib
import random
import typing as t

Board = dict[str, t.Any]
ROOT = pathlib.Path(__file__).parents[3]
COUNT = 60
TYPES = ("timeseries", "stat", "table", "bargauge", "gauge", "state-timeline", "heatmap", "graph")
WORDS = ("CPU", "Übersicht", "日本", "a/b", "<b>", '"x"', "tab\there", "🚀", "x & y", "percent %")
NUMBERS = (0, 1, -1, 1.0, 2.5, 1e21, 1e-7, 12345678901234567890, 0.1, -0.0, 100.0)
REFRESH = ("", "5s", "1s", "30s", "1m", False, "off")


def generated() -> t.Iterator[Board]:
    for number in range(COUNT):
        yield _board(number, random.Random(number))


def of_the_repository() -> t.Iterator[Board]:
    """Under uids and titles of their own: the platform's boards stay what they are."""
    for path in sorted((ROOT / "roles/grafana/files/dashboards").glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        yield {**board, "uid": f"corpus-{path.stem}", "title": f"Corpus {board['title']}"}


def _board(number: int, chance: random.Random) -> Board:
    panels = [_panel(index + 1, chance) for index in range(chance.randrange(9))]
    if panels and chance.random() < 0.4:
        folded = [_panel(100 + index, chance) for index in range(chance.randrange(4))]
        panels.append({"id": 50, "type": "row", "collapsed": True, "title": "", "panels": folded})
    board: Board = {
        "uid": f"corpus-{number}",
        "title": f"Corpus {number} {chance.choice(WORDS)}",
        "panels": panels,
        "schemaVersion": chance.choice((16, 27, 36, 38, 39)),
        "tags": chance.sample(WORDS, chance.randrange(3)),
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_variable(index, chance) for index in range(chance.randrange(4))]},
        "annotations": {"list": [{"name": "Deployments", "enable": True, "datasource": None}]},
    }
    board.update(_rest(chance))
    return board


def _rest(chance: random.Random) -> Board:
    possible: Board = {
        "refresh": chance.choice(REFRESH),
        "description": chance.choice((None, "", "Many\nlines\n")),
        "editable": chance.random() < 0.5,
        "gnetId": chance.choice((None, 1860)),
        "graphTooltip": chance.choice((0, 1, 2)),
        "id": chance.choice((None, 0)),
        "iteration": 1700000000000,
        "links": [{"title": chance.choice(WORDS), "type": "dashboards", "tags": ["x"]}],
        "unknown key": {"kept": [None, True, {}, [], [[]], chance.choice(NUMBERS)]},
        "version": chance.randrange(50),
        "weekStart": "",
    }
    names = chance.sample(sorted(possible), chance.randrange(len(possible)))
    return {name: possible[name] for name in names}


def _panel(number: int, chance: random.Random) -> Board:
    source = {"type": "prometheus", "uid": "prometheus"}
    steps = [{"color": "green", "value": None}, {"color": "red", "value": chance.choice(NUMBERS)}]
    panel: Board = {
        "type": chance.choice(TYPES),
        "title": chance.choice(WORDS),
        "datasource": chance.choice((source, None, "Prometheus", {"uid": "${datasource}"})),
        "gridPos": {"h": 8, "w": 12, "x": chance.choice((0, 12)), "y": 8 * number},
        "fieldConfig": {"defaults": {"thresholds": {"mode": "absolute", "steps": steps}}},
        "options": {"limit": chance.choice(NUMBERS), "text": chance.choice(WORDS)},
        "targets": [
            {"refId": "ABC"[index], "expr": f'up{{job="{chance.choice(WORDS)}"}} > {index}'}
            for index in range(chance.randrange(4))
        ],
    }
    if chance.random() < 0.9:
        panel["id"] = number
    if chance.random() < 0.2:
        panel["libraryPanel"] = None
    return panel


def _variable(number: int, chance: random.Random) -> Board:
    query: t.Any = chance.choice(("label_values(up, job)", {"query": "x", "refId": "A"}))
    current = {"selected": False, "text": "All", "value": ["$__all"]}
    return {"name": f"v{number}", "type": "query", "query": query, "current": current}
