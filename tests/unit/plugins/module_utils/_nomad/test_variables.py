# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    ConflictError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import variables
from hypothesis import given
from hypothesis import strategies as st

THERE = {"Path": "a", "Items": {"x": "1", "y": "2"}, "ModifyIndex": 7}


@pytest.mark.parametrize(
    "path", ["a", "A-b_c~d/e1", "nomad/jobs", "nomad/jobs/web/group/task", "nomad/job-templates/x"]
)
def test_paths(path: str) -> None:
    variables.check_path(path)
    variables.check_path("x" * 128)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "no path"),
        ("x" * 129, "1 to 128"),
        ("a b", "no path"),
        ("a.b", "no path"),
        ("é", "no path"),
        ("a\n", "no path"),
        ("/a", "slash"),
        ("a/", "slash"),
        ("a//b", "slash"),
        ("nomad", "keeps what begins"),
        ("nomad/jobsx", "keeps what begins"),
        ("nomad/job-templates", "nomad/job-templates/NAME"),
        ("nomad/job-templates/a/b", "nomad/job-templates/NAME"),
    ],
)
def test_paths_that_no_server_takes(path: str, words: str) -> None:
    with pytest.raises(UserError, match=f"^path: .*{words}"):
        variables.check_path(path)


@pytest.mark.parametrize(
    ("given", "purge", "expected"),
    [
        ({}, False, {"x": "1", "y": "2"}),
        ({}, True, {}),
        ({"x": "3"}, False, {"x": "3", "y": "2"}),
        ({"x": "3"}, True, {"x": "3"}),
        ({"x": None, "z": None}, False, {"y": "2"}),
        ({"x": None}, True, {}),
        ({"n": 5, "t": True, "l": [1, "é"], "e": ""}, True, {"n": "5", "t": "true", "e": ""}),
        ({1: "a"}, True, {"1": "a"}),
    ],
)
def test_merging(given: dict[t.Any, t.Any], purge: bool, expected: dict[str, str]) -> None:
    if "l" in given:
        expected["l"] = '[1, "é"]'
    assert variables.merged(THERE, given, purge) == expected
    assert THERE["Items"] == {"x": "1", "y": "2"}


texts = st.dictionaries(st.text(max_size=3), st.text(max_size=3))


@given(texts, texts, st.booleans())
def test_what_is_merged_once_stays(
    there: dict[str, str], wanted: dict[str, str], purge: bool
) -> None:
    once = variables.merged({"Items": there}, wanted, purge)
    assert variables.merged({"Items": once}, wanted, purge) == once
    assert {name: once[name] for name in wanted} == wanted
    assert set(once) == (set(wanted) if purge else {*there, *wanted})


def test_the_limit_counts_bytes_of_names_and_values() -> None:
    # Both ends as Nomad 1.6.10 and 2.0.5 have them.
    variables.check_items("a", {"k": "x" * 65535})
    with pytest.raises(UserError, match=r"^items: variable a would have 65537 bytes"):
        variables.check_items("a", {"k": "x" * 65536})
    with pytest.raises(UserError, match="would have 65537 bytes"):
        variables.check_items("a", {"k": "é" * 32768})


def test_no_items_at_all() -> None:
    with pytest.raises(UserError, match=r"state: absent"):
        variables.check_items("a", {})


def test_the_users_index() -> None:
    for index in (None, 0, 7):
        variables.check_index("a", THERE, index)
    with pytest.raises(ConflictError, match="has the index 7, and not the index 6"):
        variables.check_index("a", THERE, 6)
    with pytest.raises(ConflictError, match="does not exist, and not the index 6"):
        variables.check_index("a", None, 6)


def test_a_lock() -> None:
    variables.check_lock("a", None)
    variables.check_lock("a", THERE)
    with pytest.raises(ConflictError, match=r"Variable a is locked"):
        variables.check_lock("a", {**THERE, "Lock": {"ID": "i", "TTL": "15s"}})


def answer(**fields: t.Any) -> ApiError:
    return ApiError("PUT", "/v1/var/a", 409, json.dumps(fields))


def test_a_conflict_says_when_and_shows_no_value() -> None:
    error = answer(ModifyIndex=9, ModifyTime=1795531988227174813, Items={"x": "canary"})
    text = str(variables.conflict("a", 7, error))
    assert "changed by somebody else at 2026-11-24 14:53:08 UTC" in text
    assert "with the index 7 when it was read, and has the index 9 now" in text
    assert "canary" not in text
    assert "missing when it was read" in str(variables.conflict("a", 0, error))


def test_a_conflict_of_which_nothing_is_shown() -> None:
    text = str(variables.conflict("a", 7, answer(ModifyIndex=0, ModifyTime=0)))
    assert "is locked" in text
    assert "somebody else has removed it" in text


def test_a_conflict_with_a_text_that_is_no_variable() -> None:
    error = ApiError("PUT", "/v1/var/a", 409, "conflict")
    assert "is locked" in str(variables.conflict("a", 7, error))
