# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    ApiError,
    FailedError,
    UserError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import periodic

Json = dict[str, t.Any]
JOB = {"ID": "x", "Periodic": {"Enabled": True}, "Stop": False}


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (None, "job_id: there is no job x. Register it first."),
        ({**JOB, "Periodic": None}, "state: job x is not periodic"),
        ({**JOB, "Stop": True}, "state: job x is stopped. Register it again first."),
        ({**JOB, "Periodic": {"Enabled": False}}, "the periodic block of job x is disabled"),
        ({**JOB, "ParameterizedJob": {"Payload": ""}}, "job x is parameterized too"),
    ],
)
def test_what_cannot_be_forced(job: Json | None, words: str) -> None:
    with pytest.raises(UserError) as caught:
        periodic.check("x", job)
    assert words in str(caught.value)


def test_what_can_be_forced() -> None:
    periodic.check("x", JOB)


class Server:
    """Knows its evaluation only at the second look, as a follower may."""

    def __init__(self, answer: Json | ApiError, looks: int = 2) -> None:
        self.answer = answer
        self.looks = looks

    def force(self, job_id: str) -> Json:
        if isinstance(self.answer, ApiError):
            raise self.answer
        return self.answer

    def find_evaluation(self, evaluation_id: str) -> Json | None:
        self.looks -= 1
        return {"ID": evaluation_id, "JobID": "x/periodic-1"} if self.looks == 0 else None


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "clock", lambda seconds: iter([seconds, 0.0]))


def test_the_child_is_the_job_of_the_evaluation() -> None:
    found = periodic.forced(t.cast(t.Any, Server({"EvalID": "e"})), "x")
    assert found == {"forced_job_id": "x/periodic-1", "eval_id": "e"}


def test_an_evaluation_that_never_shows() -> None:
    with pytest.raises(FailedError, match="no longer knows its evaluation e") as caught:
        periodic.forced(t.cast(t.Any, Server({"EvalID": "e"}, looks=9)), "x")
    assert caught.value.details["changed"] is True


def test_a_leader_that_does_not_keep_it() -> None:
    refused = ApiError("POST", "/v1", 500, 'can\'t force run non-tracked job "x"')
    with pytest.raises(UserError, match="leader does not keep job x as a periodic one"):
        periodic.forced(t.cast(t.Any, Server(refused)), "x")


def test_any_other_refusal_is_nomads_own() -> None:
    with pytest.raises(ApiError, match="Permission denied"):
        periodic.forced(
            t.cast(t.Any, Server(ApiError("POST", "/v1", 403, "Permission denied"))), "x"
        )
