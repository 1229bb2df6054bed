# SPDX-License-Identifier: GPL-3.0-or-later
"""What nomad_sim reads out of a request, in the words of Go's decoder where it cannot."""

from __future__ import annotations

import json

import pytest
from nomad_sim.errors import ApiError, NotSimulated
from nomad_sim.go_json import decode

REGISTER = "api.JobRegisterRequest"


def job(**fields: object) -> bytes:
    return json.dumps({"Job": fields}).encode()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (job(Priority="x"), "string into Go struct field Job.Job.Priority of type int"),
        (job(Priority=1.5), "number 1.5 into Go struct field Job.Job.Priority of type int"),
        (job(Priority=True), "bool into Go struct field Job.Job.Priority of type int"),
        (job(ID=7), "number into Go struct field Job.Job.ID of type string"),
        (job(Meta={"a": 1}), "number into Go struct field Job.Job.Meta of type string"),
        (job(Meta=[]), "array into Go struct field Job.Job.Meta of type map[string]string"),
        (job(TaskGroups={}), "object into Go struct field Job.Job.TaskGroups of type []*api.TaskGroup"),
        (job(TaskGroups=["x"]), "string into Go struct field Job.Job.TaskGroups of type api.TaskGroup"),
        (
            job(TaskGroups=[{"Tasks": [{"Resources": {"CPU": "x"}}]}]),
            "string into Go struct field Resources.Job.TaskGroups.Tasks.Resources.CPU of type int",
        ),
        (
            job(TaskGroups=[{"Tasks": [{"Config": []}]}]),
            "array into Go struct field Task.Job.TaskGroups.Tasks.Config of type "
            "map[string]interface {}",
        ),
        (b'{"JobModifyIndex": -1}',
         "number -1 into Go struct field JobRegisterRequest.JobModifyIndex of type uint64"),
        (b"[]", "array into Go value of type api.JobRegisterRequest"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_named(raw: bytes, text: str) -> None:
    with pytest.raises(ApiError) as error:
        decode(raw, REGISTER)
    assert (error.value.status, error.value.text) == (400, f"json: cannot unmarshal {text}")


def test_an_embedded_field_is_named_with_its_way() -> None:
    with pytest.raises(ApiError, match=r"VariableDecrypted\.VariableMetadata\.Path of type string"):
        decode(b'{"Path": 5}', "structs.VariableDecrypted")


def test_keys_are_read_in_any_case_and_unknown_ones_left_out() -> None:
    found = decode(b'{"job": {"id": "a", "Nope": 1, "META": {"x": null}, "Type": null}}', REGISTER)
    assert found == {"Job": {"ID": "a", "Meta": {"x": ""}}}


def test_a_driver_s_config_stays_as_it_is() -> None:
    config = {"a": [1, 2.5, {"b": None}], "c": None}
    found = decode(job(TaskGroups=[{"Tasks": [{"Config": config}]}]), REGISTER)
    assert found["Job"]["TaskGroups"][0]["Tasks"][0]["Config"] == config


def test_null_is_a_value_where_it_takes_something_away() -> None:
    raw = b'{"Meta": {"a": null, "b": "1"}}'
    assert decode(raw, "structs.NodeMetaApplyRequest") == {"Meta": {"a": None, "b": "1"}}


def test_an_object_that_is_null_in_a_list_is_refused() -> None:
    with pytest.raises(ApiError, match="null instead of an object"):
        decode(job(TaskGroups=[None]), REGISTER)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "Request body is empty"),
        (b'{"Job": ', "unexpected EOF"),
        (b"{,}", "simulator's words"),
    ],
)
def test_what_is_no_json_is_refused(raw: bytes, text: str) -> None:
    with pytest.raises(ApiError, match=text):
        decode(raw, REGISTER)


def test_nothing_is_an_empty_request_and_what_follows_the_first_value_is_not_read() -> None:
    assert decode(b"null", REGISTER) == {}
    assert decode(b'{"EnforceIndex": true} {', REGISTER) == {"EnforceIndex": True}


def test_bytes_as_numbers_are_not_simulated() -> None:
    with pytest.raises(NotSimulated, match="bytes"):
        decode(b'{"Payload": [1]}', "structs.JobDispatchRequest")
