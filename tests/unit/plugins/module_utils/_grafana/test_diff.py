# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana.diff import changes
from hypothesis import given
from hypothesis import strategies as st

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
boards = st.dictionaries(
    st.sampled_from(["panels", "title", "targets", "list", "x", "id", "refId", "name", "type"]),
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "refId", "name", "title", "type", "y", "targets"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=15,
    ),
    max_size=5,
)


def strictly_equal(left: t.Any, right: t.Any) -> bool:
    return repr(_sorted(left)) == repr(_sorted(right))


def _sorted(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


@given(boards)
def test_no_change_for_the_same(board: dict[str, t.Any]) -> None:
    assert changes(board, board) == []


@given(boards, boards)
def test_a_change_whenever_they_differ(before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    assert bool(changes(before, after)) == (not strictly_equal(before, after))


def panel(number: int | None = None, title: str = "CPU", **more: t.Any) -> dict[str, t.Any]:
    numbered = {} if number is None else {"id": number}
    return {**numbered, "type": "stat", "title": title, **more}


def query(ref: str, expr: str) -> dict[str, t.Any]:
    return {"refId": ref, "expr": expr}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({"title": "A"}, {"title": "B"}, ['title: "A" -> "B"']),
        ({"x": 1}, {}, ["x: removed (was 1)"]),
        ({}, {"x": [1]}, ["x: added [1]"]),
        ({"x": 1}, {"x": True}, ["x: 1 -> true"]),
        ({"tags": ["a"]}, {"tags": ["a", "b"]}, ["tags[1]: added"]),
        (
            {"panels": [panel(7, targets=[query("A", "up"), query("B", "x")])]},
            {"panels": [panel(7, targets=[query("B", "x"), query("A", "max(up)")])]},
            [
                'panel 7 "CPU".targets[A].expr: "up" -> "max(up)"',
                'panel 7 "CPU".targets: order changed',
            ],
        ),
        (
            {"panels": [panel(1, gridPos={"x": 0})]},
            {"panels": [panel(2, "New"), panel(1, gridPos={"x": 6})]},
            ['panel 2 "New": added', 'panel 1 "CPU".gridPos.x: 0 -> 6'],
        ),
        ({"panels": [panel(1), panel(2)]}, {"panels": [panel(2)]}, ['panel 1 "CPU": removed']),
        (
            {"panels": [panel(1), panel(2)]},
            {"panels": [panel(2), panel(1)]},
            ["panels: order changed"],
        ),
        (
            {"panels": [panel(title="A", w=1), panel(title="B")]},
            {"panels": [panel(title="B"), panel(title="A", w=2)]},
            ['panel "A".w: 1 -> 2', "panels: order changed"],
        ),
        (
            {"panels": [panel(1, "Row", panels=[panel(2, w=1)])]},
            {"panels": [panel(1, "Row", panels=[panel(2, w=2)])]},
            ['panel 1 "Row" / panel 2 "CPU".w: 1 -> 2'],
        ),
        (
            {"templating": {"list": [{"name": "a"}, {"name": "b", "x": 1}]}},
            {"templating": {"list": [{"name": "b", "x": 2}]}},
            ["templating.list[a]: removed", "templating.list[b].x: 1 -> 2"],
        ),
        (
            {"panels": [panel(1, w=1), panel(1, w=1)]},
            {"panels": [panel(1, w=1), panel(1, w=2)]},
            ["panels[1].w: 1 -> 2"],
        ),
    ],
)
def test_lines(before: dict[str, t.Any], after: dict[str, t.Any], lines: list[str]) -> None:
    assert changes(before, after) == lines


def test_long_values_are_cut() -> None:
    line = changes({"x": "a"}, {"x": "b" * 500})[0]
    assert line.endswith("... (502 characters)")
    assert len(line) < 130
