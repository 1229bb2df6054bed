# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs of shared boards, filled in here and made here."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana.inputs import asked, filled
from ansible_collections.mlops.infra.plugins.module_utils._grafana.sharing import for_sharing
from hypothesis import given
from hypothesis import strategies as st

PROM = {"name": "DS_PROM", "type": "datasource", "pluginId": "prometheus"}
CONSTANT = {"name": "VAR_X", "type": "constant", "value": 5}
EXPRESSION = {"name": "DS_EXPRESSION", "type": "datasource", "pluginId": "__expr__"}


@pytest.mark.parametrize(
    ("board", "given", "result"),
    [
        ({"a": "${DS_PROM}", "__inputs": [PROM]}, {"DS_PROM": "p"}, {"a": "p"}),
        # Where a text names the data source, it becomes a type and a uid.
        (
            {"datasource": "${DS_PROM}", "__inputs": [PROM]},
            {"DS_PROM": "p"},
            {"datasource": {"type": "prometheus", "uid": "p"}},
        ),
        (
            {"panels": [{"datasource": {"uid": "${DS_PROM}"}}], "__inputs": [PROM]},
            {"DS_PROM": "p"},
            {"panels": [{"datasource": {"uid": "p"}}]},
        ),
        ({"a": "x ${VAR_X} y", "__inputs": [CONSTANT]}, {}, {"a": "x 5 y"}),
        ({"a": "${VAR_X}", "__inputs": [CONSTANT]}, {"VAR_X": 6}, {"a": "6"}),
        (
            {"a": {"uid": "${DS_EXPRESSION}"}, "__inputs": [EXPRESSION]},
            {},
            {"a": {"uid": "__expr__"}},
        ),
        # Other placeholders are variables of the board.
        ({"a": "${job:regex} ${other}"}, {}, {"a": "${job:regex} ${other}"}),
        # Some boards have placeholders and forget to declare them.
        ({"a": "${DS_PROM}"}, {"DS_PROM": "p"}, {"a": "p"}),
        ({"a": 1, "__inputs": [PROM]}, {}, {"a": 1}),
    ],
)
def test_filled(board: t.Any, given: t.Any, result: t.Any) -> None:
    assert filled(board, given) == result


def test_missing_and_unknown_names_are_said() -> None:
    board = {"a": "${DS_PROM}", "__inputs": [PROM, CONSTANT]}
    with pytest.raises(UserError, match="still asks for DS_PROM: set the option 'inputs'"):
        filled(board, {})
    with pytest.raises(UserError, match="does not ask for DS_X, but for DS_PROM, VAR_X"):
        filled(board, {"DS_PROM": "p", "DS_X": "y"})
    assert asked({**board, "b": "${c}"}) == {"DS_PROM", "VAR_X", "c"}


sources = st.fixed_dictionaries(
    {"type": st.sampled_from(["prometheus", "loki"]), "uid": st.sampled_from(["p", "q", "r"])}
)
panels = st.lists(
    st.fixed_dictionaries(
        {"datasource": sources, "targets": st.lists(st.fixed_dictionaries({"datasource": sources}))}
    ),
    max_size=4,
)


@given(panels)
def test_shared_and_filled_is_the_same(panels: list[t.Any]) -> None:
    board = {"title": "T", "panels": panels}
    shared = for_sharing(board)
    values = {}
    for entry in shared.get("__inputs", []):
        name, kind = entry["name"], entry["pluginId"]
        number = int(name.rpartition("_")[2]) if name[-1].isdigit() else 1
        uids = sorted({s["uid"] for s in _sources(panels) if s["type"] == kind})
        values[name] = uids[number - 1]
    assert filled(shared, values) == board
    assert not _sources(panels) or "${DS_" in str(shared["panels"])


def _sources(panels: list[t.Any]) -> list[t.Any]:
    return [x["datasource"] for panel in panels for x in (panel, *panel["targets"])]


@pytest.mark.parametrize(
    "source",
    [
        "Prometheus",
        None,
        {"uid": "p"},
        {"type": "prometheus", "uid": "${datasource}"},
        {"type": "datasource", "uid": "-- Mixed --"},
        {"type": "__expr__", "uid": "__expr__"},
    ],
)
def test_what_is_no_data_source_of_its_own_is_not_shared(source: t.Any) -> None:
    board = {"title": "T", "panels": [{"datasource": source}]}
    assert for_sharing(board) == board
