# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mlops.infra.plugins.module_utils._errors import (
    FailedError,
    UserError,
    WaitTimeoutError,
)
from ansible_collections.mlops.infra.plugins.module_utils._nomad import watch
from ansible_collections.mlops.infra.plugins.modules import nomad_job_dispatch
from ansible_collections.mlops.infra.tests.unit.plugins.modules.started import started

Json = dict[str, t.Any]
PARENT = {
    "ID": "train",
    "Namespace": "default",
    "ParameterizedJob": {"Payload": "optional", "MetaOptional": ["n"]},
}
GROUPS = [{"Name": "g", "Count": 1}]


class Nomad:
    def __init__(self, status: str = "complete", exit_code: int = 0) -> None:
        self.status, self.exit_code = status, exit_code
        self.children: dict[str, str] = {}
        self.sent: list[tuple[Json, str]] = []
        self.again = False
        self.metas: dict[str, Json] = {}
        self.filters: list[str] = []
        self.versions = ["2.0.5"]

    def server_versions(self) -> list[str]:
        return self.versions

    def list_jobs(self, expression: str) -> list[Json]:
        self.filters.append(expression)
        return [{"ID": child} for token, child in self.children.items() if token in expression]

    def find_job(self, job_id: str) -> Json | None:
        if job_id in self.children.values():
            child = {"ID": job_id, "Type": "batch", "JobModifyIndex": 5, "TaskGroups": GROUPS}
            return {**child, "Meta": self.metas[job_id]}
        return PARENT if job_id == "train" else None

    def dispatch(self, job_id: str, body: Json, token: str) -> tuple[Json, bool]:
        self.sent.append((body, token))
        new = token not in self.children
        child = self.children.setdefault(token, f"train/dispatch-{len(self.children)}")
        self.metas.setdefault(child, body["Meta"])
        return {"DispatchedJobID": child, "EvalID": "e" if new else ""}, self.again

    def evaluations(self, *args: t.Any) -> tuple[list[Json], int]:
        return [{"ID": "e", "CreateIndex": 5, "JobModifyIndex": 5, "Status": "complete"}], 1

    def allocations(self, job_id: str, *args: t.Any) -> tuple[list[Json], int]:
        event = {"Type": "Terminated", "ExitCode": self.exit_code, "Time": 0, "Details": {}}
        ended = self.status in ("complete", "failed")
        state = {
            "Events": [event] if ended else [],
            "StartedAt": "2026-11-23T05:00:00Z",
            "FinishedAt": "2026-11-23T05:00:02.5Z" if ended else None,
            "Failed": self.status == "failed",
        }
        found = {"ID": "a", "Name": "n", "TaskGroup": "g", "JobVersion": 0, "CreateIndex": 6}
        status = {"ClientStatus": self.status, "DesiredStatus": "run", "TaskStates": {"t": state}}
        return [{**found, **status}], 1

    def log(self, allocation: str, task: str, stream: str, size: int) -> str:
        return f"{stream} one\n{stream} two\n"


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PACE", 0.001)


def run(nomad: Nomad, **params: t.Any) -> Json:
    module = started(nomad_job_dispatch, **{"job_id": "train", **params})
    return nomad_job_dispatch.run(module, t.cast(t.Any, nomad))


def test_a_run_to_its_end() -> None:
    nomad = Nomad()
    result = run(nomad, meta={"n": 3}, log_lines=1)
    assert result["changed"]
    assert result["dispatched_job_id"] == "train/dispatch-0"
    assert (result["exit_code"], result["exit_codes"]) == (0, {"g.t": 0})
    assert result["duration"] == 2.5
    assert result["logs"][0]["stdout"] == ["stdout two"]
    assert nomad.sent[0][0] == {"Meta": {"n": "3"}}


@pytest.mark.parametrize(
    ("params", "hidden"),
    [
        ({"payload": {"password": "hunter22"}}, {"hunter22"}),
        ({"payload": "password: hunter22"}, {"password: hunter22"}),
        ({"payload_base64": "cGFzc3dvcmQ6IGh1bnRlcjIy"}, {"cGFzc3dvcmQ6IGh1bnRlcjIy"}),
        ({"payload_base64": "cm93czogbWFueQ=="}, set()),
        ({"payload": {"n": "many"}, "meta": {"n": "many"}}, set()),
        (
            {"payload": {"n": "many"}, "meta": {"n": "hunter22"}, "mask": ["^n$"]},
            {"hunter22", "many"},
        ),
    ],
)
def test_secrets_are_no_part_of_the_record_of_options(params: Json, hidden: set[str]) -> None:
    module = started(nomad_job_dispatch, check=True, job_id="train", wait=False, **params)
    nomad_job_dispatch.run(module, t.cast(t.Any, Nomad()))
    assert module.no_log_values == hidden


def test_a_failed_run_fails_with_all_that_is_known() -> None:
    with pytest.raises(FailedError) as caught:
        run(Nomad("failed", 3))
    assert "exit code 3; last log line: stderr two" in str(caught.value)
    details = caught.value.details
    assert (details["changed"], details["exit_code"], details["duration"]) == (True, 3, 2.5)
    assert details["dispatched_job_id"] == "train/dispatch-0"
    assert details["failures"][0]["stdout"][-1] == "stdout two"


def test_a_time_out_shows_the_log_so_far() -> None:
    with pytest.raises(WaitTimeoutError) as caught:
        run(Nomad("running"), wait_timeout=0)
    assert caught.value.details["exit_code"] is None
    assert caught.value.details["logs"][0]["stderr"] == ["stderr one", "stderr two"]


def test_running_is_enough_when_asked_for() -> None:
    assert run(Nomad("running"), wait_for="running")["exit_code"] is None


def test_a_token_starts_one_child() -> None:
    nomad = Nomad()
    first, second = (run(nomad, idempotency_token="day") for _run in range(2))
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["dispatched_job_id"] == second["dispatched_job_id"]
    assert second["exit_code"] == 0


def test_each_run_has_a_token_of_its_own() -> None:
    nomad = Nomad()
    run(nomad, wait=False)
    run(nomad, wait=False)
    assert len({token for _body, token in nomad.sent}) == 2
    assert len(nomad.children) == 2


def test_a_child_whose_answer_was_lost_is_a_change() -> None:
    nomad = Nomad()
    nomad.children["mine"] = "train/dispatch-0"
    nomad.metas["train/dispatch-0"] = {}
    nomad.again = True
    assert run(nomad, idempotency_token="mine")["changed"]


def test_check_mode_starts_nothing() -> None:
    nomad = Nomad()
    assert run(nomad, check=True) == {"changed": True, "job_id": "train"}
    assert nomad.sent == []
    with pytest.raises(UserError, match="does not permit x"):
        run(nomad, check=True, meta={"x": 1})


@pytest.mark.parametrize(
    ("params", "payload"),
    [
        ({"payload": "tëxt"}, "tëxt".encode()),
        ({"payload": {"a": [1]}}, b'{"a": [1]}'),
        ({"payload": ""}, None),
        ({"payload_base64": "AP8="}, b"\x00\xff"),
        ({}, None),
    ],
)
def test_payloads(params: Json, payload: bytes | None) -> None:
    nomad = Nomad()
    run(nomad, wait=False, **params)
    sent = nomad.sent[0][0].get("Payload")
    assert (base64.b64decode(sent) if sent else None) == payload


def test_a_file_is_sent_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"\x00\xff\r\n")
    nomad = Nomad()
    run(nomad, wait=False, src=str(tmp_path / "p"))
    assert base64.b64decode(nomad.sent[0][0]["Payload"]) == b"\x00\xff\r\n"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"job_id": "nope"}, "there is no job nope"),
        ({"src": "/nowhere"}, "no file /nowhere"),
        ({"payload": "x" * 16385}, "16385 bytes"),
        ({"payload_base64": "%"}, "not Base64"),
    ],
)
def test_wrong_input_starts_nothing(params: Json, words: str) -> None:
    nomad = Nomad()
    with pytest.raises(UserError, match=words):
        run(nomad, **params)
    assert nomad.sent == []


def test_a_child_that_was_removed() -> None:
    class Forgetful(Nomad):
        def find_job(self, job_id: str) -> Json | None:
            return PARENT if job_id == "train" else None

    with pytest.raises(FailedError, match="is gone"):
        run(Forgetful())


def test_the_same_parameters_are_run_once() -> None:
    nomad = Nomad()
    first, second = (run(nomad, meta={"n": 1}, idempotency="parameters") for _run in range(2))
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["idempotency_token"] == second["idempotency_token"]
    assert run(nomad, meta={"n": 2}, idempotency="parameters")["changed"]
    assert run(nomad, meta={"n": 1}, payload="x", idempotency="parameters")["changed"]
    assert len(nomad.children) == 3


def test_one_token_is_enough() -> None:
    with pytest.raises(UserError, match=r"idempotency: .* Remove idempotency_token"):
        run(Nomad(), idempotency="parameters", idempotency_token="t")


def test_a_child_that_was_there_before_has_its_first_evaluation() -> None:
    nomad = Nomad()
    run(nomad, idempotency_token="day", wait=False)
    later = {"ID": "later", "CreateIndex": 9}
    first, _index = nomad.evaluations()
    for found in ([later, *first], [*first, later]):
        nomad.evaluations = lambda *args, found=found: (found, 1)  # type: ignore[method-assign]
        assert run(nomad, idempotency_token="day", wait=False)["eval_id"] == "e"
    nomad.evaluations = lambda *args: ([], 1)  # type: ignore[method-assign]
    assert run(nomad, idempotency_token="day", wait=False)["eval_id"] == ""


def test_other_meta_under_the_same_token_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, text: warned.append(text))
    nomad = Nomad()
    run(nomad, meta={"n": 1}, idempotency_token="day", wait=False)
    run(nomad, meta={"n": 1}, idempotency_token="day", wait=False)
    assert warned == []
    run(nomad, meta={"n": 2}, idempotency_token="day", wait=False)
    assert "with other meta data: n." in warned[0]


def test_check_mode_knows_the_children_of_a_token() -> None:
    nomad = Nomad()
    assert run(nomad, check=True, idempotency_token="day")["changed"]
    run(nomad, idempotency_token="day", wait=False)
    found = run(nomad, check=True, idempotency_token="day")
    assert (found["changed"], found["dispatched_job_id"]) == (False, "train/dispatch-0")
    assert 'ParentID == "train"' in nomad.filters[-1]
    assert len(nomad.sent) == 1


def test_priority_and_prefix_are_handed_on() -> None:
    nomad = Nomad()
    run(nomad, priority=70, id_prefix_template="x", wait=False)
    assert nomad.sent[0][0] == {"Meta": {}, "Priority": 70, "IdPrefixTemplate": "x"}


@pytest.mark.parametrize("check", [True, False])
def test_a_priority_that_a_server_would_ignore(check: bool) -> None:
    nomad = Nomad()
    nomad.versions = ["1.10.1", "1.6.10"]
    with pytest.raises(UserError, match=r"priority: a server runs Nomad 1\.6\.10"):
        run(nomad, priority=70, check=check)
    assert nomad.sent == []


def test_a_time_out_says_what_was_waited_for() -> None:
    with pytest.raises(WaitTimeoutError) as caught:
        run(Nomad("running"), wait_timeout=0)
    message = "Job train/dispatch-0 was not complete after 0 seconds: group g: 0 of 1 complete"
    assert message in str(caught.value)
