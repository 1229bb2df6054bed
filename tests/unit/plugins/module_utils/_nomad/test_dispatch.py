# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import UserError
from ansible_collections.mlops.infra.plugins.module_utils._nomad import dispatch

Json = dict[str, t.Any]


def job(payload: str = "optional", **fields: t.Any) -> Json:
    rules = {"Payload": payload, "MetaRequired": ["mode"], "MetaOptional": ["n"]}
    return {"ID": "x", "ParameterizedJob": rules, **fields}


def test_the_request() -> None:
    meta = {"mode": "wörd", "n": 3}
    assert dispatch.body(job(), b"\x00\xff", meta) == {
        "Payload": base64.b64encode(b"\x00\xff").decode(),
        "Meta": {"mode": "wörd", "n": "3"},
    }
    assert "Payload" not in dispatch.body(job("forbidden"), b"", {"mode": "a"})


@pytest.mark.parametrize(
    ("value", "text"),
    [("a b", "a b"), (True, "true"), (1.5, "1.5"), ({"ä": [1]}, '{"ä": [1]}'), ("1", "1")],
)
def test_as_text(value: t.Any, text: str) -> None:
    assert dispatch.as_text(value) == text


@pytest.mark.parametrize(
    ("given", "payload", "meta", "words"),
    [
        ({"ID": "x", "ParameterizedJob": None}, b"", {}, "not parameterized"),
        (job(Dispatched=True), b"", {"mode": "a"}, "not parameterized"),
        (job(Stop=True), b"", {"mode": "a"}, "stopped"),
        (job("forbidden"), b"x", {"mode": "a"}, "forbids"),
        (job("required"), b"", {"mode": "a"}, "requires"),
        (job(), b"x" * 16385, {"mode": "a"}, "16385 bytes"),
        (job(), b"", {}, "requires mode"),
        (job(), b"", {"mode": "a", "y": "", "z": ""}, "does not permit y, z"),
    ],
)
def test_what_the_job_does_not_permit(given: Json, payload: bytes, meta: Json, words: str) -> None:
    with pytest.raises(UserError, match=words):
        dispatch.body(given, payload, meta)


def test_the_largest_payload() -> None:
    assert dispatch.body(job(), b"x" * 16384, {"mode": "a"})["Payload"]


def test_base64() -> None:
    assert dispatch.decoded("aGVs\n bG8=") == b"hello"
    for bad in ("%%", "aGVsbG8"):
        with pytest.raises(UserError, match="not Base64"):
            dispatch.decoded(bad)


def allocation(group: str, following: str = "", **codes: int | None) -> Json:
    return {
        "TaskGroup": group,
        "NextAllocation": following,
        "TaskStates": {
            task: {"Events": [] if code is None else [{"Type": "Terminated", "ExitCode": code}]}
            for task, code in codes.items()
        },
    }


@pytest.mark.parametrize(
    ("allocations", "code", "codes"),
    [
        ([allocation("g", t=0)], 0, {"g.t": 0}),
        ([allocation("g", t=0, side=3)], 3, {"g.t": 0, "g.side": 3}),
        ([allocation("g", "next", t=3), allocation("g", t=0)], 0, {"g.t": 0}),
        ([allocation("g", t=0), allocation("g", t=4)], 4, {"g.t": 4}),
        ([allocation("g", t=4), allocation("g", t=0)], 4, {"g.t": 4}),
        ([allocation("g", t=None)], None, {}),
        ([], None, {}),
    ],
)
def test_ended(allocations: list[Json], code: int | None, codes: dict[str, int]) -> None:
    found = dispatch.ended(allocations)
    assert (found["exit_code"], found["exit_codes"]) == (code, codes)


def test_a_token_of_the_parameters() -> None:
    base = dispatch.token_of(job(Namespace="a"), {"Meta": {"x": "1", "y": "2"}})
    assert base == dispatch.token_of(job(Namespace="a"), {"Meta": {"y": "2", "x": "1"}})
    assert base == dispatch.token_of(
        job(Namespace="a"), {"Meta": {"x": "1", "y": "2"}, "Priority": 70}
    )
    others = [
        dispatch.token_of(job(Namespace="b"), {"Meta": {"x": "1", "y": "2"}}),
        dispatch.token_of({**job(Namespace="a"), "ID": "z"}, {"Meta": {"x": "1", "y": "2"}}),
        dispatch.token_of(job(Namespace="a"), {"Meta": {"x": "1", "y": "3"}}),
        dispatch.token_of(job(Namespace="a"), {"Meta": {"x": "1", "y": "2"}, "Payload": "AA=="}),
    ]
    assert len({base, *others}) == 5


@pytest.mark.parametrize(
    ("versions", "refused"),
    [
        ([], False),
        (["1.10.1"], False),
        (["2.0.5", "1.11.0-beta.1+ent"], False),
        (["1.10.0"], True),
        (["1.6.10"], True),
        (["2.0.5", "1.9.7+ent"], True),
    ],
)
def test_priorities_that_servers_ignore(versions: list[str], refused: bool) -> None:
    if not refused:
        dispatch.check_priority(70, versions)
        return
    with pytest.raises(UserError, match="which ignores it"):
        dispatch.check_priority(70, versions)


def test_a_priority_below_one() -> None:
    with pytest.raises(UserError, match="at least 1, not 0"):
        dispatch.check_priority(0, ["2.0.5"])


def test_other_meta() -> None:
    child = {"Meta": {"a": "1", "of_the_job": "x"}}
    assert dispatch.other_meta(child, {"Meta": {"a": "1"}}) == []
    assert dispatch.other_meta(child, {"Meta": {"a": "2", "b": "3"}}) == ["a", "b"]
    assert dispatch.other_meta(None, {"Meta": {"a": "2"}}) == []
