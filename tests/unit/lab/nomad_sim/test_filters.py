# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of nomad_sim's lists."""

from __future__ import annotations

import pytest
from nomad_sim.errors import ApiError, NotSimulated
from nomad_sim.filters import chosen

JOB = {
    "ID": "a-b", "ParentID": "a", "DispatchIdempotencyToken": "t*", "Type": None, "Stop": False,
    "Priority": 50, "ModifyIndex": 7, "Datacenters": ["dc1"], "Meta": {"owner": "me"},
    "TaskGroups": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("", True),
        ('ParentID == "a"', True),
        ('ParentID == "b"', False),
        ("ParentID == a", True),
        ('ParentID != "a"', False),
        ('(ParentID == "a") and (DispatchIdempotencyToken == "t\\U0000002a")', True),
        ('(ParentID == "a") and (DispatchIdempotencyToken == "t")', False),
        ('ParentID == "b" or ParentID == "a" and Priority == 50', True),
        ('not (ParentID == "b" or ParentID == "a")', False),
        ('Type == ""', True),
        ("Stop == false", True),
        ("ModifyIndex == 8", False),
        ('"dc1" in Datacenters', True),
        ('"dc2" not in Datacenters', True),
        ('Datacenters contains "dc2"', False),
        ("TaskGroups is empty", True),
        ("Datacenters is not empty", True),
        ('Meta.owner == "me"', True),
        ('Meta["owner"] == "you"', False),
        ('Meta.other == "me"', False),
        ('ID matches "^\\U0000005cx{61}\\U0000005cx{2d}"', True),
        ('ID not matches "^b"', True),
    ],
)
def test_records_are_chosen(expression: str, fits: bool) -> None:
    assert chosen(expression, "jobs")(JOB) is fits


@pytest.mark.parametrize(
    "expression", ["Type =", "x", "(ID == a", "ID == a)", "ID is full", "ID not == a", '"a" == "b"']
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ApiError, match="failed to read filter expression") as error:
        chosen(expression, "jobs")
    assert error.value.status == 400


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('Nope == "a"', 'struct field with name "Nope"'),
        ('ModifyIndex == "x"', 'strconv.ParseUint: parsing "x"'),
        ('ID matches "("', "Failed to compile regular expression"),
    ],
)
def test_what_no_record_can_answer_is_refused(expression: str, words: str) -> None:
    with pytest.raises(ApiError, match="failed to read result page") as error:
        chosen(expression, "jobs")(JOB)
    assert words in error.value.text


def test_a_field_that_is_there_only_when_set_is_empty() -> None:
    assert chosen('DeploymentID == ""', "allocs")(JOB) is True


def test_what_is_not_simulated_is_said() -> None:
    with pytest.raises(NotSimulated, match="compares TaskGroups"):
        chosen('TaskGroups == "a"', "jobs")(JOB)
    with pytest.raises(NotSimulated, match=r"TaskGroups\.Name"):
        chosen('TaskGroups.Name == "a"', "jobs")(JOB)
