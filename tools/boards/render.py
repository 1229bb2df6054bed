# SPDX-License-Identifier: GPL-3.0-or-later
"""From a board to Grafana's classic JSON: places, numbers, canonical text."""

from __future__ import annotations

import json

from .model import Board, Json, Panel, Row

COLUMNS = 24
TAG = "mlops"


def text(board: Board) -> str:
    """Canonical, so that the committed file changes only when the board does."""
    return json.dumps(render(board), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def render(board: Board) -> Json:
    return {
        "annotations": {"list": [mark.json() for mark in board.annotations]},
        "description": board.description,
        "editable": False,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "links": [_links()],
        "liveNow": False,
        "panels": _panels(board.rows),
        "refresh": "10s",
        "schemaVersion": 38,
        "tags": ["managed", TAG],
        "templating": {"list": [variable.json() for variable in board.variables]},
        "time": {"from": board.since, "to": "now"},
        "timezone": "",
        "title": board.title,
        "uid": board.uid,
        "weekStart": "",
    }


def _panels(rows: tuple[Row, ...]) -> list[Json]:
    """Panels fill lines from the left; a line is as high as its highest panel."""
    found: list[Json] = []
    top = 0
    for row in rows:
        found.append(_row(row.title, len(found) + 1, top))
        left, line, top = 0, 0, top + 1
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                left, line, top = 0, 0, top + line
            found.append(_panel(panel, len(found) + 1, left, top))
            left, line = left + panel.width, max(line, panel.height)
        top += line
    return found


def _panel(panel: Panel, number: int, left: int, top: int) -> Json:
    return {
        "transformations": [],
        **panel.body,
        "description": panel.description,
        "gridPos": {"h": panel.height, "w": panel.width, "x": left, "y": top},
        "id": number,
        "title": panel.title,
        "type": panel.type,
    }


def _row(title: str, number: int, top: int) -> Json:
    return {
        "collapsed": False,
        "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": top},
        "id": number,
        "panels": [],
        "title": title,
        "type": "row",
    }


def _links() -> Json:
    return {
        "asDropdown": False,
        "icon": "external link",
        "includeVars": False,
        "keepTime": True,
        "tags": [TAG],
        "targetBlank": False,
        "title": "MLOps boards",
        "tooltip": "",
        "type": "dashboards",
        "url": "",
    }
