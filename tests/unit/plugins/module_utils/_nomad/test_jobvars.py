# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import jobspec, jobvars

SPEC = jobspec.Jobspec(source="x", declared=frozenset({"a", "b"}))
API = {"ID": "web", "Name": "web", "TaskGroups": []}


def test_variables_keep_their_types() -> None:
    text = jobvars.as_text({"a": [1, True, None], "b": "${x}"})
    assert json.loads(text) == {"a": [1, True, None], "b": "${x}"}
    assert text.startswith("{")
    assert jobvars.as_text({}) == ""


def test_later_files_win_and_the_option_wins_over_files() -> None:
    given = [("variable_files: 1", {"a": 1, "b": 1}), ("variable_files: 2", {"b": 2})]
    assert jobvars.merged(SPEC, given) == {"a": 1, "b": 2}
    assert jobvars.merged(SPEC, [*given, ("variables", {"b": 3})]) == {"a": 1, "b": 3}


@pytest.mark.parametrize("origin", ["variables", "variable_files: /etc/x.hcl"])
def test_an_undeclared_variable_is_named_with_where_it_is(origin: str) -> None:
    spec = jobspec.read('variable "count" {}\njob "web" {}\n')
    with pytest.raises(
        UserError, match=rf"^{origin}: .*does not declare 'coutn'.*Did you mean 'count'"
    ):
        jobvars.merged(spec, [(origin, {"coutn": 1, "count": 2})])


def test_the_apis_json_takes_no_variables() -> None:
    with pytest.raises(UserError, match=r"variables: .*no variables"):
        jobvars.merged(jobspec.read(API), [("variables", {"a": 1})])
    assert jobvars.merged(jobspec.read(API), [("variables", {})]) == {}


def test_numbers_that_json_does_not_have() -> None:
    with pytest.raises(UserError, match="variables: one cannot be written as JSON"):
        jobvars.as_text({"v": float("nan")})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, null]}', {"a": [1, None]}),
        ('\n {"a": "${x}"}', {"a": "${x}"}),
        ("a = 1", None),
        ("", None),
        ("# {", None),
    ],
)
def test_json_is_told_from_hcl_by_its_first_character(text: str, expected: t.Any) -> None:
    assert jobvars.from_json("/x", text) == expected


def test_a_json_file_that_is_none_is_named() -> None:
    with pytest.raises(UserError, match="variable_files: /x is not valid JSON, line 1 column 7"):
        jobvars.from_json("/x", '{"a": }')


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a = 1\nmy-b = { c = 1 }\n", ["a", "my-b"]),
        ('# x = 1\na = "y = 2"\nd = [{ e = 1 }]', ["a", "d"]),
        ("a = <<EOF\nb = 1\nEOF\nc = 2", ["a", "c"]),
        ("a = 1 == 1", ["a"]),
        ('"quoted" = 1', []),
        ("", []),
    ],
)
def test_the_names_that_a_file_gives_a_value(text: str, names: list[str]) -> None:
    assert jobvars.assigned(text) == names


def test_nomad_is_asked_for_each_value_as_json() -> None:
    question = json.loads(jobvars.question(["b", "a-x", "b"]))
    assert question["variable"] == {"a-x": {}, "b": {}}
    meta = question["job"]["variables"]["meta"]
    assert meta == {"a-x": "${jsonencode(var.a-x)}", "b": "${jsonencode(var.b)}"}


def test_its_answer_has_the_values_with_their_types() -> None:
    answer = {"Meta": {"a": '{"x":[1,true,null]}', "b": '"${x} \\u003c"'}}
    assert jobvars.answered(answer) == {"a": {"x": [1, True, None]}, "b": "${x} <"}
    assert jobvars.answered({"Meta": None}) == {}
