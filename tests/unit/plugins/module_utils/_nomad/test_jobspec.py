# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import jobspec
from ansible_collections.mlops.infra.plugins.module_utils._nomad.jobspec import Scope

HCL = 'variable "count" {}\njob "web" {}\n'
IN_JSON = {"variable": {"count": {}}, "job": {"web": {"group": {}}}}
API = {"ID": "web", "Name": "web", "TaskGroups": []}


@pytest.mark.parametrize("spec", [IN_JSON, json.dumps(IN_JSON), "\n\n  " + json.dumps(IN_JSON)])
def test_hcls_json_shape_is_sent_to_the_parser_with_a_brace_first(spec: t.Any) -> None:
    found = jobspec.read(spec)
    assert found.source[0] == "{"
    assert json.loads(found.source) == IN_JSON
    assert found.declared == {"count"}
    assert found.job is None


@pytest.mark.parametrize("spec", [API, {"Job": API}, json.dumps(API), json.dumps({"Job": API})])
def test_the_apis_json_needs_no_parser(spec: t.Any) -> None:
    found = jobspec.read(spec, "auto" if isinstance(spec, dict) else "json")
    assert found.job == API
    assert not found.source


def test_hcl_text_is_sent_as_it_is() -> None:
    assert jobspec.read(HCL) == jobspec.Jobspec(source=HCL, declared=frozenset({"count"}))


def test_a_job_without_an_id_takes_its_name_and_the_other_way_round() -> None:
    for given in ({"Name": "web"}, {"ID": "web"}):
        job = jobspec.read({"Job": given}).job
        assert job is not None
        assert (job["ID"], job["Name"]) == ("web", "web")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ('{"a": ', "line 1 column 6"),
        ({"a": 1}, "['a']"),
        ({"Job": {}}, "no ID"),
        (7, "int is not a jobspec"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_jobspec_is_named(spec: t.Any, words: str) -> None:
    with pytest.raises(UserError, match=r"^jobspec: ") as caught:
        jobspec.read(spec)
    assert words in str(caught.value)


def test_json_that_is_no_object() -> None:
    with pytest.raises(UserError, match="not an object"):
        jobspec.read("[1]", "json")


def test_variables_in_either_json_block() -> None:
    spec = jobspec.read({"variables": {"a": 1}, "variable": [{"b": {}}, {"c": {}}], "job": {}})
    assert spec.declared == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("in_job", "asked", "environment", "result"),
    [
        ("", "", "", ""),
        ("", "", "env", "env"),
        ("job", "", "env", "job"),
        ("", "option", "env", "option"),
        ("same", "same", "env", "same"),
    ],
)
def test_scope(in_job: str, asked: str, environment: str, result: str) -> None:
    job = {"ID": "x", "Namespace": in_job or None, "Region": in_job or None}
    found = jobspec.scope(job, Scope(asked, asked), Scope(environment, environment))
    assert found == Scope(result, result)


def test_a_namespace_that_contradicts_the_jobspec_is_refused() -> None:
    with pytest.raises(UserError, match="option says 'a', the jobspec says 'b'"):
        jobspec.scope({"Namespace": "b"}, Scope("a", ""), Scope("", ""))


def test_what_only_the_server_may_set_is_not_sent() -> None:
    job = {**API, **dict.fromkeys(jobspec.SERVER_FIELDS, 9), "Meta": {"Version": "1"}}
    assert jobspec.prepared(job, Scope("ns", "")) == {
        **API,
        "Meta": {"Version": "1"},
        "Namespace": "ns",
    }


def test_a_parse_error_is_shown_with_its_line() -> None:
    body = (
        "Failed to parse job: input.hcl:2,4-7: Unsupported argument; No argument foo.\n"
        'input.hcl:9,1-2: Other; Off the end.\n<nil>: Unset variable "a"; Set it'
    )
    text = jobspec.explain_parse_error(body, "job {\n  foo = 1\n}", lambda line: False)
    assert "line 2, column 4: Unsupported argument: No argument foo (in: foo = 1)" in text
    assert "line 9, column 1: Other: Off the end;" in text
    assert 'Unset variable "a": Set it' in text


def test_a_line_that_may_hold_a_secret_is_not_shown() -> None:
    body = "Failed to parse job: input.hcl:1,1-2: Bad; Very."
    text = jobspec.explain_parse_error(body, "password = hunter2", lambda line: "pass" in line)
    assert "hunter2" not in text
    assert "line 1, column 1: Bad: Very" in text


def test_a_function_that_reads_files_gets_advice() -> None:
    body = "Failed to parse job: input.hcl:1,1-2: Error; filesystem function disabled."
    assert "ansible.builtin.file" in jobspec.explain_parse_error(body, "", lambda line: False)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("2 errors occurred:\n\t* one\n\t* two\n\n", "one; two"),
        ("Unexpected", ""),
        (
            "json: cannot unmarshal string into Go struct field"
            " Task.Job.TaskGroups.Tasks.KillTimeout of type time.Duration",
            "TaskGroups.Tasks.KillTimeout is a string, it must be time.Duration"
            " (in nanoseconds; only HCL's shapes know texts like 30s)",
        ),
    ],
)
def test_invalid(body: str, text: str) -> None:
    assert jobspec.explain_invalid(body) == text


def test_warnings() -> None:
    assert jobspec.explain_warnings("") == []
    assert jobspec.explain_warnings("1 warning:\n\n* be careful\n\n") == ["be careful"]
    assert jobspec.explain_warnings("just\n this") == ["just this"]


@pytest.mark.parametrize(
    "text", ['"${' * 5000, '{"a":' * 5000, '{"Job": ' + "[" * 5000], ids=["hcl", "json", "list"]
)
def test_what_is_nested_too_deeply(text: str) -> None:
    with pytest.raises(UserError, match="nested too deeply"):
        jobspec.read(text)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"TaskGroups": [None]}, r"TaskGroups\[0\] is null"),
        ({"TaskGroups": [{"Tasks": [{}, None]}]}, r"TaskGroups\[0\].Tasks\[1\] is null"),
        ({"Spreads": [None]}, r"Spreads\[0\] is null"),
        ({"Priority": float("nan")}, "Priority is nan"),
        ({"TaskGroups": [{"Count": float("inf")}]}, r"TaskGroups\[0\].Count is inf"),
    ],
)
def test_values_that_would_make_nomad_hang_up_are_named(
    fields: dict[str, t.Any], words: str
) -> None:
    with pytest.raises(UserError, match=f"jobspec: {words}"):
        jobspec.read({"Job": {"ID": "x", **fields}})


def test_null_outside_of_lists_stays() -> None:
    job = {"ID": "x", "Name": "x", "Periodic": None, "TaskGroups": [{"Count": None}]}
    assert jobspec.read({"Job": job}).job == job


def test_numbers_that_hcl_does_not_have() -> None:
    nan = {"job": {"x": {"priority": float("nan")}}}
    with pytest.raises(UserError, match="jobspec: it cannot be written as JSON"):
        jobspec.read(nan)


@pytest.mark.parametrize("job_id", [None, "", ".", "..", "/a", "a//b", "a/../b", "a/.", "./a"])
def test_ids_that_no_request_can_name(job_id: str | None) -> None:
    with pytest.raises(UserError, match=r"job_id: .* is no ID that Nomad can be asked for"):
        jobspec.check_id(job_id)


@pytest.mark.parametrize("job_id", ["a", "a/b", "a/", "a..b", "...", "ü ✓", "%2e%2e"])
def test_ids_that_can_be_asked_for(job_id: str) -> None:
    jobspec.check_id(job_id)


def test_a_number_of_the_wrong_kind() -> None:
    body = (
        "json: cannot unmarshal number 1.5 into Go struct field"
        " TaskGroup.Job.TaskGroups.Count of type int"
    )
    assert jobspec.explain_invalid(body) == "TaskGroups.Count is a number 1.5, it must be int"
