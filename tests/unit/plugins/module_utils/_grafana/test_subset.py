# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._grafana.diff import changes
from ansible_collections.mlops.infra.plugins.module_utils._grafana.subset import merged
from hypothesis import given
from hypothesis import strategies as st

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqr"), inner, max_size=3)
    ),
    max_leaves=8,
)
boards = st.dictionaries(st.sampled_from(["title", "panels", "x"]), values, max_size=3)


@given(boards)
def test_a_board_completes_itself(board: dict[str, t.Any]) -> None:
    assert merged("", board, board) == board


@given(boards, boards)
def test_what_is_named_wins(remote: dict[str, t.Any], wanted: dict[str, t.Any]) -> None:
    result = merged("", remote, wanted)
    assert set(result) == set(remote) | set(wanted)
    for key, value in wanted.items():
        if not isinstance(value, (dict, list)):
            assert result[key] is value


@given(boards, boards)
def test_what_was_saved_is_unchanged(remote: dict[str, t.Any], wanted: dict[str, t.Any]) -> None:
    saved = merged("", remote, wanted)
    assert changes(saved, merged("", saved, wanted)) == []


@given(boards, boards)
def test_inputs_are_left_alone(remote: dict[str, t.Any], wanted: dict[str, t.Any]) -> None:
    before = copy.deepcopy((remote, wanted))
    merged("", remote, wanted)
    assert (remote, wanted) == before


@pytest.mark.parametrize(
    ("remote", "wanted", "result"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": {"x": 1}}, {"a": None}, {"a": None}),
        # Panels are known by their id, wherever they are; those that are not named go.
        (
            {"panels": [{"id": 2, "new": 1}, {"id": 1}, {"id": 3}]},
            {"panels": [{"id": 1, "t": "x"}, {"id": 2}]},
            {"panels": [{"id": 1, "t": "x"}, {"id": 2, "new": 1}]},
        ),
        (
            {"panels": [{"id": 1, "targets": [{"refId": "A", "legend": ""}]}]},
            {"panels": [{"id": 1, "targets": [{"refId": "A", "expr": "up"}]}]},
            {"panels": [{"id": 1, "targets": [{"refId": "A", "legend": "", "expr": "up"}]}]},
        ),
        (
            {"templating": {"list": [{"name": "b", "hide": 0}, {"name": "a"}]}},
            {"templating": {"list": [{"name": "a"}, {"name": "b"}]}},
            {"templating": {"list": [{"name": "a"}, {"name": "b", "hide": 0}]}},
        ),
        ({"tags": ["a", "b"]}, {"tags": ["b"]}, {"tags": ["b"]}),
    ],
)
def test_merged(remote: t.Any, wanted: t.Any, result: t.Any) -> None:
    assert merged("", remote, wanted) == result
