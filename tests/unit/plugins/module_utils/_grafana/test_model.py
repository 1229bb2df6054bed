# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import datetime
import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._grafana import model
from hypothesis import given
from hypothesis import strategies as st

BOARD = {"title": "T", "uid": "t-1", "panels": []}

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
keys = st.sampled_from(["id", "version", "datasource", "description", "x", "title", "libraryPanel"])
values = st.recursive(
    scalars | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
boards = st.dictionaries(keys | st.sampled_from(["refresh", "panels", "uid"]), values, max_size=6)


@given(boards)
def test_normalised_twice_is_normalised_once(board: dict[str, t.Any]) -> None:
    once = model.normalised(board)
    assert model.normalised(once) == once


@given(boards)
def test_normalised_leaves_its_input_alone(board: dict[str, t.Any]) -> None:
    before = copy.deepcopy(board)
    model.normalised(board)
    assert board == before


@given(boards, st.integers(), st.integers())
def test_what_the_server_adds_makes_no_difference(
    board: dict[str, t.Any], number: int, version: int
) -> None:
    assert model.same(board, {**board, "id": number, "version": version, "iteration": number})


@given(boards)
def test_a_board_that_went_through_json_is_the_same(board: dict[str, t.Any]) -> None:
    assert model.same(board, json.loads(json.dumps(board, sort_keys=True)))


@given(boards, st.text(max_size=5), values)
def test_another_key_makes_a_difference(board: dict[str, t.Any], key: str, value: t.Any) -> None:
    name = f"own_{key}"
    assert not model.same(board, {**board, name: value})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"x": 1}, {"x": 1.0}),
        ({"title": " T "}, {"title": "T"}),
        ({"refresh": "1s"}, {"refresh": "5s"}),
        ({"refresh": "900ms"}, {"refresh": "5s"}),
        ({"refresh": "off"}, {"refresh": "5s"}),
        ({"refresh": " 10s"}, {"refresh": "5s"}),
        ({"panels": [{"datasource": None}]}, {"panels": [{}]}),
        ({"gnetId": None}, {}),
        ({"revision": 3}, {}),
        (
            {"panels": [{"libraryPanel": {"uid": "l", "name": "L", "version": 3, "model": {}}}]},
            {"panels": [{"libraryPanel": {"uid": "l", "name": "L"}}]},
        ),
        (
            {"panels": [{"panels": [{"libraryPanel": {"uid": "l", "meta": 1}}]}]},
            {"panels": [{"panels": [{"libraryPanel": {"uid": "l"}}]}]},
        ),
    ],
)
def test_same(left: dict[str, t.Any], right: dict[str, t.Any]) -> None:
    assert model.same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"x": 1}, {"x": True}),
        ({"x": 0}, {"x": False}),
        ({"x": "1"}, {"x": 1}),
        ({"x": None}, {}),
        ({"refresh": "10s"}, {"refresh": "5s"}),
        ({"refresh": "1m"}, {"refresh": "5s"}),
        ({"refresh": "1m30s"}, {"refresh": "5s"}),
        ({"refresh": "auto"}, {"refresh": "5s"}),
        ({"refresh": ""}, {"refresh": "5s"}),
        ({"refresh": False}, {"refresh": "5s"}),
        ({"panels": [{"id": 1}]}, {"panels": [{"id": 2}]}),
        ({"panels": [{"version": 1}]}, {"panels": [{"version": 2}]}),
        ({"panels": [1, 2]}, {"panels": [2, 1]}),
    ],
)
def test_not_same(left: dict[str, t.Any], right: dict[str, t.Any]) -> None:
    assert not model.same(left, right)


@pytest.mark.parametrize(
    "content",
    [
        BOARD,
        {"dashboard": BOARD, "folderUid": "f", "overwrite": True},
        {"dashboard": BOARD, "meta": {"version": 3}},
        {**BOARD, "id": 7, "version": 3, "iteration": 5, "meta": {}, "__requires": []},
        {**BOARD, "title": " T "},
    ],
)
def test_desired_board(content: dict[str, t.Any]) -> None:
    assert model.desired_board(content, None) == BOARD


def test_the_option_uid_wins() -> None:
    assert model.desired_board(BOARD, "other")["uid"] == "other"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "must be a mapping, not list"),
        ("text", "must be a mapping, not str"),
        ({"uid": "t"}, "no title"),
        ({"uid": "t", "title": "  "}, "no title"),
        ({"uid": "t", "title": 7}, "no title"),
        ({"title": "T"}, "set the option 'uid'"),
        ({"title": "T", "uid": "a b"}, "'a b' is not possible"),
        ({"title": "T", "uid": "a" * 41}, "1 to 40 characters"),
        ({"title": "T", "uid": 7}, "7 is not possible"),
        ({"title": "T", "uid": "t\n"}, "is not possible"),
        ({"apiVersion": "dashboard.grafana.app/v2", "spec": {}}, "has no title"),
        ({"apiVersion": "example.com/v1", "spec": {"title": "T"}}, "has the format example.com/v1"),
        ({**BOARD, "x": float("nan")}, "JSON does not have"),
        ({**BOARD, "x": datetime.date(2026, 1, 1)}, "quote it"),
    ],
)
def test_refused_content(content: t.Any, words: str) -> None:
    with pytest.raises(UserError, match=words.replace("(", r"\(")):
        model.desired_board(content, None)


def test_an_export_for_sharing_is_refused_while_it_asks_for_something() -> None:
    inputs = [{"name": "DS_B"}, {"name": "DS_A"}, {"name": "DS_UNUSED"}]
    shared = {
        **BOARD,
        "__inputs": inputs,
        "panels": [{"datasource": {"uid": "${DS_A}"}}, "${DS_B}"],
    }
    with pytest.raises(UserError, match="still asks for DS_A, DS_B:"):
        model.desired_board(shared, None)


def test_inputs_that_nothing_uses_are_dropped() -> None:
    assert model.desired_board({**BOARD, "__inputs": [{"name": "DS_A"}]}, None) == BOARD


@pytest.mark.parametrize(
    ("uid", "key"), [(None, ""), ("", ""), ("general", ""), ("f", "f"), ("General", "General")]
)
def test_folder_key(uid: str | None, key: str) -> None:
    assert model.folder_key(uid) == key


def test_keys_of_yaml_become_those_of_json() -> None:
    board = model.desired_board({**BOARD, 1: {None: "x"}}, None)
    assert board["1"] == {"null": "x"}


def test_a_circle_is_refused() -> None:
    circle: list[t.Any] = []
    circle.append(circle)
    with pytest.raises(UserError, match=r"does not have .Circular reference"):
        model.desired_board({**BOARD, "x": circle}, None)


@pytest.mark.parametrize("inputs", [5, "abc", {"name": "DS"}, [5, None]])
def test_inputs_that_are_none_are_left_out(inputs: t.Any) -> None:
    assert "__inputs" not in model.desired_board({**BOARD, "__inputs": inputs}, None)


@pytest.mark.parametrize("uid", ["..", "a/b", " ", "x" * 41])
def test_folders_that_cannot_be(uid: str) -> None:
    with pytest.raises(UserError, match=r"folder_uid .* is not possible"):
        model.checked_folder(uid)


@pytest.mark.parametrize("uid", [None, "", "general", "x" * 40])
def test_folders_that_can_be(uid: str | None) -> None:
    assert model.checked_folder(uid) == uid
