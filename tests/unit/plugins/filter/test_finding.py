# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.filter.finding import FilterModule, finding

NODES = [{"Status": "ready"}, {"Status": "down"}, {"Status": "ready"}]
RULES = {
    "groups": [{"rules": [{"health": "ok"}, {"health": "err"}]}, {"rules": [{"health": "ok"}]}]
}
TARGETS = {"data": {"result": [{"metric": {"job": job}} for job in ("consul", "nomad", "nomad")]}}
REFUSED = "Status code was -1 and not [200]: Request failed: <urlopen error [Errno 111] refused>"


def found(body: t.Any, **check: t.Any) -> tuple[bool, str]:
    result = finding({"status": 200, "content": json.dumps(body)}, check)
    return result["well"], result["seen"]


@pytest.mark.parametrize(
    ("body", "check", "well", "seen"),
    [
        ("10.0.0.1:8300", {"matches": r":\d+$"}, True, "10.0.0.1:8300"),
        ("", {"matches": r":\d+$"}, False, "answered nothing"),
        (["a", "b"], {"exactly": 2}, True, "2"),
        (["a", "b"], {"exactly": 3}, False, "2"),
        ([], {"exactly": 1}, False, "none"),
        (NODES, {"at": "Status", "at_least": {"ready": 2}}, True, "ready 2"),
        (NODES, {"at": "Status", "at_least": {"ready": 1}}, True, "ready 2"),
        (NODES, {"at": "Status", "at_least": {"ready": 3, "down": 1}}, False, "ready 2 of 3"),
        (TARGETS, {"at": "data.result.metric.job", "at_least": {"nomad": 2}}, True, "nomad 2"),
        (
            TARGETS,
            {"at": "data.result.metric.job", "at_least": {"consul": 1, "node": 1, "nomad": 3}},
            False,
            "no node, nomad 2 of 3",
        ),
        (RULES, {"at": "groups.rules.health", "only": ["ok"]}, False, "err"),
        (RULES, {"at": "groups.rules.health", "only": ["ok", "err"]}, True, "ok 2, err"),
        ({"groups": []}, {"at": "groups.rules.health", "only": ["ok"]}, False, "none"),
        ({"exit_code": 0}, {"at": "exit_code", "only": ["0"]}, True, "0"),
        ({"url": ["http://a"]}, {"at": "url", "matches": "^http", "exactly": 2}, False, "1"),
        ({"a": 1}, {"at": "b.c", "matches": "."}, False, "answered nothing"),
        ({"a": {"c": 1}}, {"at": "a.c.d", "matches": "."}, False, "answered nothing"),
        (None, {"at": "Status", "at_least": {"ready": 1}}, False, "no ready"),
    ],
)
def test_values(body: t.Any, check: dict[str, t.Any], well: bool, seen: str) -> None:
    assert found(body, **check) == (well, seen)


@pytest.mark.parametrize(
    ("content", "check", "well", "seen"),
    [
        ("Prometheus Server is Healthy.\n", {"text": "Healthy"}, True, "Healthy"),
        ("starting", {"text": "Healthy"}, False, "answered starting"),
        ("", {"text": "Healthy"}, False, "answered nothing"),
        ("<html>", {"at": "Status", "matches": "."}, False, "answered <html>"),
        ("x" * 500, {"text": "Healthy"}, False, f"answered {'x' * 160}..."),
    ],
)
def test_texts(content: str, check: dict[str, t.Any], well: bool, seen: str) -> None:
    result = finding({"status": 200, "content": content}, check)
    assert (result["well"], result["seen"]) == (well, seen)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"status": -1, "msg": REFUSED}, "no answer ([Errno 111] refused)"),
        ({"status": -1}, "no answer (no reason given)"),
        ({}, "no answer (no reason given)"),
        ({"status": 500, "content": "No cluster leader"}, "answered 500: No cluster leader"),
        ({"status": 403, "content": "", "msg": "HTTP Error 403"}, "answered 403: HTTP Error 403"),
    ],
)
def test_no_answer_or_a_refusal_is_never_well(answer: dict[str, t.Any], seen: str) -> None:
    assert finding(answer, {"text": ""}) == {"well": False, "seen": seen}


def test_it_is_offered_under_its_name() -> None:
    assert FilterModule().filters() == {"finding": finding}
