# SPDX-License-Identifier: GPL-3.0-or-later
"""What MLflow is told of a run, and that its troubles are not the run's."""

from __future__ import annotations

import http.server
import json
import re
import time
import typing as t
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.mlops.infra.tests.listening import Handler, listening
from trainer import tracking

if t.TYPE_CHECKING:
    from conftest import Trainer

    Start = t.Callable[..., Trainer]

Json = dict[str, t.Any]


class FakeMlflow(http.server.ThreadingHTTPServer):
    """The part of MLflow's REST API that is used, as its documentation has it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.experiments: dict[str, str] = {}
        self.runs: dict[str, Json] = {}
        self.requests: list[tuple[str, Json]] = []
        self.authorizations: set[str | None] = set()
        self.trouble = ""
        self.hang_seconds = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def get_experiment(self, body: Json) -> Json | None:
        found = self.experiments.get(body["experiment_name"])
        return {"experiment": {"experiment_id": found}} if found else None

    def create_experiment(self, body: Json) -> Json:
        self.experiments[body["name"]] = str(len(self.experiments) + 1)
        return {"experiment_id": self.experiments[body["name"]]}

    def create_run(self, body: Json) -> Json:
        assert body["experiment_id"] in self.experiments.values()
        name = f"{len(self.runs):032x}"
        tags = {tag["key"]: tag["value"] for tag in body["tags"]}
        self.runs[name] = {**body, "tags": tags, "status": "RUNNING", "metrics": [], "params": {}}
        return {"run": {"info": {"run_id": name}}}

    def log_batch(self, body: Json) -> Json:
        run = self.runs[body["run_id"]]
        assert len(body.get("metrics", [])) <= 1000
        run["metrics"] += body.get("metrics", [])
        run["params"].update({p["key"]: p["value"] for p in body.get("params", [])})
        return {}

    def update_run(self, body: Json) -> Json:
        self.runs[body["run_id"]].update(body)
        return {"run_info": {}}

    def search_runs(self, body: Json) -> Json:
        matched = re.fullmatch(r"tags\.run_id = '([\w.-]+)'", body["filter"])
        assert matched
        found = [n for n, run in self.runs.items() if run["tags"]["run_id"] == matched[1]]
        return {"runs": [{"info": {"run_id": name}} for name in found]} if found else {}


ENDPOINTS = {
    "experiments/get-by-name": FakeMlflow.get_experiment,
    "experiments/create": FakeMlflow.create_experiment,
    "runs/create": FakeMlflow.create_run,
    "runs/log-batch": FakeMlflow.log_batch,
    "runs/update": FakeMlflow.update_run,
    "runs/search": FakeMlflow.search_runs,
}


class _Handler(Handler):
    server: FakeMlflow

    def serve(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        body = dict(urllib.parse.parse_qsl(url.query)) or json.loads(self.content())
        endpoint = url.path.removeprefix("/api/2.0/mlflow/")
        self.server.requests.append((endpoint, body))
        self.server.authorizations.add(self.headers.get("Authorization"))
        time.sleep(self.server.hang_seconds)
        answer = ENDPOINTS[endpoint](self.server, body)
        status = 200 if answer is not None else 404
        if self.server.trouble == "refusing" and endpoint == "runs/log-batch":
            status = 500
        data = b"<html>" if self.server.trouble == "babbling" else json.dumps(answer or {}).encode()
        if self.server.trouble == "empty":
            data = b"{}"
        self.answer(status, data)


@pytest.fixture
def mlflow() -> Iterator[FakeMlflow]:
    with listening(FakeMlflow()) as server:
        yield server


def warnings(lines: list[Json]) -> list[str]:
    return [line["message"] for line in lines if line["level"] == "warning"]


def test_a_run_is_told_from_its_begin_to_its_end(trainer: Start, mlflow: FakeMlflow) -> None:
    env = {"NOMAD_JOB_ID": "x/r1", "NOMAD_META_run_name": "demo", "NOMAD_META_epochs": "3"}
    before = time.time() * 1000
    code, lines, stderr = trainer(**env, MLFLOW_TRACKING_URI=mlflow.address).end()
    assert (code, stderr, warnings(lines)) == (0, "", [])
    assert list(mlflow.experiments) == ["ml-training"]
    (run,) = mlflow.runs.values()
    assert (run["run_name"], run["status"]) == ("demo", "FINISHED")
    assert before - 1 <= run["start_time"] <= run["end_time"] <= time.time() * 1000
    assert run["tags"] == {"run_id": "r1", "run_name": "demo"}
    assert run["params"]["epochs"] == "3"
    assert run["params"]["learning_rate"] == "0.1"
    assert set(run["params"]) == set(lines[-1]["params"])
    told = {(metric["key"], metric["step"]): metric["value"] for metric in run["metrics"]}
    epochs = [line for line in lines if line["event"] == "epoch"]
    for name in ("loss", "accuracy", "train_loss", "train_accuracy"):
        assert [told[name, number] for number in range(4)] == [line[name] for line in epochs]
    assert {name for name, _ in told} == {
        "loss",
        "accuracy",
        "train_loss",
        "train_accuracy",
        "samples_per_second",
    }


def test_many_epochs_are_told_in_few_requests(trainer: Start, mlflow: FakeMlflow) -> None:
    env = {"MLFLOW_TRACKING_URI": mlflow.address, "NOMAD_META_epochs": "300"}
    assert trainer(**env, NOMAD_META_batch_size="1000").end()[0] == 0
    (run,) = mlflow.runs.values()
    assert len(run["metrics"]) == 301 * 5
    assert len(mlflow.requests) < 15


@pytest.mark.parametrize(
    ("env", "status", "code"),
    [({"NOMAD_META_lr": "1000"}, "FAILED", 4), ({"stop": "yes"}, "KILLED", 143)],
)
def test_the_status_says_how_it_ended(
    trainer: Start, mlflow: FakeMlflow, env: dict[str, str], status: str, code: int
) -> None:
    stop = env.pop("stop", "")
    slow = {"NOMAD_META_min_epoch_seconds": "60"} if stop else {}
    run = trainer(MLFLOW_TRACKING_URI=mlflow.address, **env, **slow)
    if stop:
        run.wait_for("epoch")
        run.process.terminate()
    assert run.end()[0] == code
    assert [one["status"] for one in mlflow.runs.values()] == [status]


def test_the_next_attempt_is_the_same_run_for_mlflow_too(
    trainer: Start, mlflow: FakeMlflow, tmp_path: Path
) -> None:
    env = {
        "MLFLOW_TRACKING_URI": mlflow.address + "/",
        "MLOPS_ARTIFACTS_DIR": str(tmp_path),
        "NOMAD_JOB_ID": "x/r1",
        "MLFLOW_EXPERIMENT_NAME": "other one",
    }
    first = trainer(**env, NOMAD_META_min_epoch_seconds="60")
    first.wait_for("epoch")
    first.process.terminate()
    assert first.end()[0] == 143
    assert trainer(**{**env, "NOMAD_JOB_ID": "x/r2"}).end()[0] == 0
    second = trainer(**env)
    while second.wait_for("epoch")["epoch"] < 1:
        pass
    second.process.kill()
    second.end()
    assert sorted(run["tags"]["run_id"] for run in mlflow.runs.values()) == ["r1", "r2"]
    assert list(mlflow.experiments) == ["other one"]


@pytest.mark.parametrize("trouble", ["gone", "refusing", "babbling", "empty", "file"])
def test_trouble_is_one_warning(trainer: Start, mlflow: FakeMlflow, trouble: str) -> None:
    mlflow.trouble = trouble
    address = {"gone": "http://127.0.0.1:1", "file": "sqlite:///m.db"}.get(trouble, mlflow.address)
    code, lines, stderr = trainer(MLFLOW_TRACKING_URI=address).end()
    assert (code, stderr, len(warnings(lines))) == (0, "", 1)
    said = {
        "gone": "Connection refused",
        "refusing": "was answered with 500",
        "babbling": "JSONDecodeError",
        "empty": "answered something unexpected: KeyError('experiment_id')",
        "file": "MLFLOW_TRACKING_URI has to begin with http:// or https://",
    }
    assert said[trouble] in warnings(lines)[0]


def test_a_server_that_hangs_costs_seconds_at_most(trainer: Start, mlflow: FakeMlflow) -> None:
    mlflow.hang_seconds = 8
    started = time.monotonic()
    code, lines, _ = trainer(MLFLOW_TRACKING_URI=mlflow.address).end()
    assert code == 0
    assert time.monotonic() - started < tracking.TIME_LIMIT + 3
    assert len(warnings(lines)) == 1


@pytest.mark.parametrize(
    ("env", "login", "header"),
    [
        ({}, "", None),
        ({"MLFLOW_TRACKING_TOKEN": "secret"}, "", "Bearer secret"),
        (
            {"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": "secret"},
            "",
            "Basic bWU6c2VjcmV0",
        ),
        ({}, "me:secret@", "Basic bWU6c2VjcmV0"),
    ],
)
def test_credentials_are_sent_and_never_written_down(
    trainer: Start, mlflow: FakeMlflow, env: dict[str, str], login: str, header: str | None
) -> None:
    mlflow.trouble = "refusing"
    address = mlflow.address.replace("http://", f"http://{login}")
    code, lines, stderr = trainer(MLFLOW_TRACKING_URI=address, **env).end()
    assert code == 0
    assert mlflow.authorizations == {header}
    assert len(warnings(lines)) == 1
    assert "secret" not in json.dumps(lines) + stderr


def test_without_an_address_there_is_no_mlflow(trainer: Start, mlflow: FakeMlflow) -> None:
    assert trainer(MLFLOW_TRACKING_URI="").end()[0] == 0
    assert mlflow.requests == []
