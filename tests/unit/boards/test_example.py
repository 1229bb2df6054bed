# SPDX-License-Identifier: GPL-3.0-or-later
"""The example of boards of one's own: it keeps to the rules that are of any board on this platform."""

from __future__ import annotations

import json
import pathlib

import pytest
import yaml
from boards import lint, promql, prove

EXAMPLE = pathlib.Path(__file__).parents[3] / "examples/own-boards"
SETTINGS = yaml.safe_load((EXAMPLE / "settings.yml").read_text())
FILES = sorted((EXAMPLE / "boards").rglob("*.json"))
# The others are of boards that are generated, or of the platform's own.
RULES = (
    "numbers",
    "layout",
    "parses",
    "jobs",
    "counters",
    "windows",
    "leaders",
    "twins",
    "legends",
)


def test_there_is_one() -> None:
    assert [path.name for path in FILES] == ["team-runs.json"]


@pytest.mark.parametrize("rule", RULES)
def test_it_keeps_to_a_rule(rule: str) -> None:
    board = json.loads(FILES[0].read_text())
    board["annotations"] = {"list": []}
    for panel in board["panels"]:
        for target in panel["targets"]:
            target.setdefault("legendFormat", "__auto")
    assert list(getattr(lint, rule)(board)) == []


def test_it_asks_for_what_the_settings_give_and_the_trainer_has() -> None:
    board = json.loads(FILES[0].read_text())
    assert {one["name"] for one in board["__inputs"]} == set(SETTINGS["grafana_dashboards_inputs"])
    asked = [t["expr"] for panel in board["panels"] for t in panel["targets"]]
    assert {name for expr in asked for name in promql.metrics(expr)} <= prove.names("trainer")
