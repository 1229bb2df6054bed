# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves in its directory, and what the next attempt makes of it."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import platform
import random
import re
import signal
import time
import typing as t
from pathlib import Path

import numpy as np
import pytest
from trainer import arrays, digits, environment, files, places
from trainer.artifacts import Artifacts
from trainer.checkpoints import Checkpoints
from trainer.log import Log
from trainer.network import Network
from trainer.progress import Progress
from trainer.run import Run
from trainer.stop import Stop

if t.TYPE_CHECKING:
    from conftest import FakeConsul, Trainer

    Start = t.Callable[..., Trainer]

JOB = "ml-training/dispatch-1-ab"
FILES = ["environment.json", "metrics.jsonl", "model.npz", "params.json", "summary.json"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The directory of the run that C(attempt) is about."""
    return tmp_path / "artifacts" / "runs" / "dispatch-1-ab"


def place(run: Path) -> dict[str, str]:
    return {"NOMAD_JOB_ID": JOB, "MLOPS_ARTIFACTS_DIR": str(run.parents[1])}


def summary(run: Path) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], json.loads((run / "summary.json").read_text()))


def visible(run: Path) -> list[str]:
    return sorted(path.name for path in run.iterdir() if not path.name.startswith("."))


def test_a_run_leaves_all_that_it_takes_to_understand_and_to_repeat_it(
    trainer: Start, consul: FakeConsul, run: Path
) -> None:
    env = {**place(run), "CONSUL_HTTP_ADDR": consul.address, "MLOPS_IMAGE": "mlops/x:1"}
    code, lines, stderr = trainer(**env, NOMAD_META_seed="7", NOMAD_META_epochs="5").end()
    assert (code, stderr) == (0, "")
    assert visible(run) == ["checkpoints", *FILES]
    told = summary(run)
    assert told == consul.writes[-1][1]
    assert {key: told[key] for key in told if key != "run_id"}.items() <= lines[-1].items()
    assert told["artifacts"] == str(run)
    assert told["artifacts_sha256"] == {
        name: hashlib.sha256((run / name).read_bytes()).hexdigest()
        for name in FILES
        if name != "summary.json"
    }
    assert told["model_sha256"] == told["artifacts_sha256"]["model.npz"]
    assert told["dataset_sha256"] == files.sha256(digits.data_file())
    assert (told["attempts"], told["seed"], told["resumed_from_step"]) == (1, 7, None)
    assert (told["model_epoch"], told["stopped_early"]) == (5, False)
    assert json.loads((run / "params.json").read_text()) == told["params"]

    history = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in history] == list(range(6))
    assert history[-1]["loss"] == told["loss"]
    best = min(history, key=lambda line: line["loss"])
    assert (told["best_epoch"], told["best_loss"]) == (best["epoch"], best["loss"])
    assert told["best_accuracy"] == best["accuracy"]

    made_with = json.loads((run / "environment.json").read_text())
    assert made_with["python"] == platform.python_version()
    assert made_with["libraries"]["numpy"] == np.__version__
    assert made_with["image"] == "mlops/x:1"
    assert made_with["sources_sha256"] == environment.sources_sha256()
    assert made_with["blas_threads"] == "1"


def test_the_model_is_the_network_that_the_scores_are_of(trainer: Start, run: Path) -> None:
    assert trainer(**place(run), NOMAD_META_epochs="3").end()[0] == 0
    network = Network.of(arrays.unpack((run / "model.npz").read_bytes()))
    val = digits.split(digits.load(), 0.2, 42)[1]
    told = summary(run)
    assert network.score(val) == (told["loss"], told["accuracy"])


def test_the_parameters_of_a_run_repeat_it(trainer: Start, run: Path, tmp_path: Path) -> None:
    assert trainer(**place(run), NOMAD_META_epochs="2", NOMAD_META_seed="9").end()[0] == 0
    again = {
        "MLOPS_PARAMS_FILE": str(run / "params.json"),
        "MLOPS_ARTIFACTS_DIR": str(tmp_path),
        "NOMAD_JOB_ID": "again",
    }
    assert trainer(**again).end()[0] == 0
    for name in ("model.npz", "metrics.jsonl", "params.json"):
        assert (run / name).read_bytes() == (tmp_path / "runs" / "again" / name).read_bytes()


def test_without_a_directory_of_ones_own_the_allocations_is_used(
    trainer: Start, tmp_path: Path
) -> None:
    alloc = {"NOMAD_ALLOC_DIR": str(tmp_path), "NOMAD_JOB_ID": "r", "NOMAD_META_epochs": "1"}
    assert trainer(**alloc).end()[0] == 0
    assert visible(tmp_path / "data" / "runs" / "r") == FILES, "45 steps have no checkpoint"


def test_an_allocation_without_room_is_a_warning_and_a_directory_of_ones_own_must_do(
    trainer: Start, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file")
    alloc = {"NOMAD_ALLOC_DIR": str(tmp_path), "NOMAD_META_epochs": "1"}
    code, lines, _ = trainer(**alloc).end()
    assert code == 0
    assert (lines[0]["event"], lines[0]["level"]) == ("no_artifacts", "warning")
    own = {"MLOPS_ARTIFACTS_DIR": str(tmp_path / "data")}
    code, lines, stderr = trainer(**alloc, **own, NOMAD_JOB_ID="r").end()
    assert code == lines[-1]["exit_code"] == 1
    expected = f"The artifacts of the run cannot be written to {tmp_path}/data/runs/r (Not a direct"
    assert stderr.startswith(expected)
    assert "MLOPS_ARTIFACTS_DIR has to be a directory" in stderr


@pytest.mark.parametrize("run_id", ["..", ".", "a b", "ä", "x" * 201])
def test_an_id_that_cannot_name_a_directory_is_refused(
    trainer: Start, tmp_path: Path, run_id: str
) -> None:
    artifacts = tmp_path / "artifacts"
    env = {"NOMAD_JOB_ID": f"ml-training/{run_id}", "MLOPS_ARTIFACTS_DIR": str(artifacts)}
    code, _, stderr = trainer(**env).end()
    assert code == 2
    assert f"The run's id {run_id!r}" in stderr
    assert not artifacts.exists()


ENDS: list[tuple[int, dict[str, str]]] = [
    (0, {"NOMAD_META_epochs": "2"}),
    (2, {"NOMAD_META_epochs": "0"}),
    (2, {"MLOPS_METRICS_PORT": "x"}),
    (3, {"PYTHONPATH": "{nodata}"}),
    (4, {"NOMAD_META_lr": "1000"}),
]


@pytest.mark.parametrize(("code", "env"), ENDS)
def test_a_run_that_is_over_is_not_tried_again(
    trainer: Start, consul: FakeConsul, run: Path, tmp_path: Path, code: int, env: dict[str, str]
) -> None:
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").touch()
    env = {key: value.format(nodata=tmp_path) for key, value in env.items()}
    first = trainer(**place(run), **env).end()
    assert first[0] == code
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    # What was wrong may be right by now: the run has ended all the same.
    second = trainer(**place(run), CONSUL_HTTP_ADDR=consul.address).end()
    assert second[0] == code
    assert [line["event"] for line in second[1]] == ["already_ended", "summary"]
    kept = {key: value for key, value in first[1][-1].items() if key not in ("ts", "message")}
    assert kept.items() <= second[1][-1].items()
    assert second[2] == first[2]
    assert consul.requests == []
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"run_id": "other", "status": "done", "exit_code": 0}',
        '{"run_id": "dispatch-1-ab", "status": "stopped", "exit_code": 143}',
        '{"run_id": "dispatch-1-ab", "status": "failed", "exit_code": 1}',
        '{"run_id": "dispatch-1-ab", "status": "running", "exit_code": null}',
    ],
)
def test_only_a_final_summary_of_this_run_is_a_verdict(run: Path, text: str) -> None:
    run.mkdir(parents=True)
    (run / "summary.json").write_text(text)
    assert places.verdict(place(run), run.name) is None
    good = {"run_id": run.name, "status": "failed", "exit_code": 4}
    (run / "summary.json").write_text(json.dumps(good))
    assert places.verdict(place(run), run.name) == good
    assert places.verdict(place(run), "..") is None
    assert places.verdict({}, run.name) is None


SLOW = {"NOMAD_META_epochs": "30", "NOMAD_META_checkpoint_steps": "70", "NOMAD_META_seed": "3"}
PACE = {"NOMAD_META_min_epoch_seconds": "0.08"}


def bits(run: Path) -> tuple[bytes, bytes]:
    return (run / "model.npz").read_bytes(), (run / "metrics.jsonl").read_bytes()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_is_killed_goes_on_and_ends_with_the_same_bits(
    trainer: Start, run: Path, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    other = {"MLOPS_ARTIFACTS_DIR": str(tmp_path / "whole"), "NOMAD_JOB_ID": "whole"}
    assert trainer(**other, **SLOW).end()[0] == 0
    resumed = 0
    for attempt in range(1, 5):
        one = trainer(**place(run), **SLOW, **PACE)
        one.wait_for("serving")
        time.sleep(chance.uniform(0.0, 0.5))
        one.process.kill()
        code, lines, _ = one.end()
        assert code == -signal.SIGKILL
        resumed += any(line["event"] == "resumed" for line in lines)
        assert (summary(run)["attempts"], summary(run)["status"]) == (attempt, "running")
    # A default that has changed meanwhile is for other runs.
    code, lines, _ = trainer(**place(run), NOMAD_META_epochs="2").end()
    assert code == 0
    assert resumed > 0, "else this test is about nothing"
    assert lines[-1]["attempts"] == 5
    assert lines[-1]["epochs"] == 30
    assert lines[-1]["resumed_from_step"] % 70 == 0
    assert bits(run) == bits(tmp_path / "whole" / "runs" / "whole")
    whole = summary(tmp_path / "whole" / "runs" / "whole")
    for name in ("loss", "accuracy", "best_loss", "best_epoch", "model_sha256", "train_loss"):
        assert summary(run)[name] == whole[name]
    assert lines[-1]["duration_seconds"] > 0.1 * 4


def test_a_damaged_checkpoint_costs_only_the_steps_since_the_one_before(
    trainer: Start, run: Path, tmp_path: Path
) -> None:
    other = {"MLOPS_ARTIFACTS_DIR": str(tmp_path / "whole"), "NOMAD_JOB_ID": "whole"}
    assert trainer(**other, **SLOW).end()[0] == 0
    one = trainer(**place(run), **SLOW, **PACE)
    while one.wait_for("epoch")["epoch"] < 6:
        pass
    one.process.kill()
    one.end()
    stored = sorted((run / "checkpoints").glob("*.ckpt"))
    stored[-1].write_bytes(stored[-1].read_bytes()[:-50])
    code, lines, _ = trainer(**place(run)).end()
    assert code == 0
    warning = next(line for line in lines if line["level"] == "warning")
    assert (warning["event"], warning["path"]) == ("checkpoint_unusable", str(stored[-1]))
    assert lines[-1]["resumed_from_step"] == int(stored[-2].stem.partition("-")[2])
    assert bits(run) == bits(tmp_path / "whole" / "runs" / "whole")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stop_leaves_a_checkpoint_of_the_very_step(
    trainer: Start, consul: FakeConsul, run: Path, tmp_path: Path, number: int, code: int
) -> None:
    other = {"MLOPS_ARTIFACTS_DIR": str(tmp_path / "whole"), "NOMAD_JOB_ID": "whole"}
    assert trainer(**other, **SLOW).end()[0] == 0
    one = trainer(**{**place(run), **SLOW, **PACE, "NOMAD_META_checkpoint_steps": "0"})
    while one.wait_for("epoch")["epoch"] < 5:
        pass
    started = time.monotonic()
    one.process.send_signal(number)
    assert one.end()[0] == code
    assert time.monotonic() - started < 2
    assert (summary(run)["status"], summary(run)["exit_code"]) == ("stopped", code)
    assert len(list((run / "checkpoints").iterdir())) == 1
    assert not (run / "model.npz").exists()
    ended, lines, _ = trainer(**place(run), CONSUL_HTTP_ADDR=consul.address).end()
    assert ended == 0
    assert lines[-1]["resumed_from_step"] >= 5 * 45
    assert bits(run) == bits(tmp_path / "whole" / "runs" / "whole")
    assert consul.writes[-1][1]["attempts"] == 2


def test_a_stop_before_the_training_ends_it_too(
    trainer: Start, consul: FakeConsul, run: Path
) -> None:
    consul.configure(epochs=3)
    consul.drip_seconds = 0.1  # longer than the run is willing to wait
    one = trainer(**place(run), CONSUL_HTTP_ADDR=consul.address)
    while not consul.requests:
        time.sleep(0.01)
    started = time.monotonic()
    one.process.terminate()
    code, lines, _ = one.end()
    assert code == summary(run)["exit_code"] == 143
    assert time.monotonic() - started < 8, "2 s for the defaults, 2 s for each record"
    assert "serving" not in [line["event"] for line in lines]
    assert lines[-1]["status"] == "stopped"


def test_prometheus_sees_the_checkpoints_and_where_a_resumed_run_stands(
    trainer: Start, run: Path
) -> None:
    steps = {"NOMAD_META_checkpoint_steps": "45", "NOMAD_META_min_epoch_seconds": "60"}
    one = trainer(**place(run), **steps)
    one.wait_for("epoch")
    assert "ml_training_checkpoint_timestamp_seconds" not in one.ask("/metrics")
    one.wait_for("epoch")
    (line,) = re.findall(
        "^ml_training_checkpoint_timestamp_seconds (.*)$", one.ask("/metrics"), re.M
    )
    assert abs(time.time() - float(line)) < 10
    one.process.terminate()  # in the pause after the first epoch
    one.end()
    two = trainer(**place(run))
    two.wait_for("resumed")
    text = two.ask("/metrics")
    for name in ("epoch", "step", r'accuracy\{split="val"\}'):
        (value,) = re.findall(f"^ml_training_{name} (.*)$", text, re.M)
        assert float(value) >= {"epoch": 1, "step": 45}.get(name, 0.5)


def test_a_run_that_learns_no_more_stops_early_with_its_best_model(
    trainer: Start, run: Path
) -> None:
    early = {
        "NOMAD_META_epochs": "200",
        "NOMAD_META_lr": "0.5",
        "NOMAD_META_early_stop_patience": "4",
        "NOMAD_META_early_stop_min_delta": "0.001",
    }
    code = trainer(**place(run), **early).end()[0]
    told = summary(run)
    assert (code, told["stopped_early"], told["status"]) == (0, True, "done")
    assert told["epochs"] == told["best_epoch"] + 4 < 200
    assert told["model_epoch"] == told["best_epoch"]
    history = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    least = history[told["best_epoch"]]["loss"]
    assert all(line["loss"] >= least - 0.001 for line in history[told["best_epoch"] + 1 :])
    assert told["best_loss"] == least

    network = Network.of(arrays.unpack((run / "model.npz").read_bytes()))
    val = digits.split(digits.load(), 0.2, 42)[1]
    assert network.score(val).loss == told["best_loss"] != told["loss"]


def live(run: Path, **env: str) -> tuple[int, list[dict[str, t.Any]]]:
    """An attempt in this process, which a test has broken something of."""
    stream = io.StringIO()
    quick = {"MLOPS_METRICS_PORT": "0", "NOMAD_META_linger_seconds": "0"}
    log = Log(run.name, stream)
    code = Run(run.name, {**place(run), **quick, **env}, None, log, Stop()).live()
    return code, [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_crash_is_tried_again(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_samples: object, _share: float, _seed: int) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(digits, "split", broken)
        assert live(run)[0] == 1
    code, lines = live(run)
    assert (code, lines[-1]["attempts"], lines[-1]["status"]) == (0, 2, "done")
    assert lines[-1]["error"] is None


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Checkpoints, _progress: Progress) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Checkpoints, "save", full)
    code, lines = live(run, NOMAD_META_epochs="10")
    assert code == 0
    failed = [line for line in lines if line["event"] == "checkpoint_failed"]
    assert len(failed) == 2
    assert "No space left on device" in failed[0]["message"]


def test_a_model_that_cannot_be_kept_is_a_failure(run: Path) -> None:
    (run / "model.npz").mkdir(parents=True)
    code, lines = live(run, NOMAD_META_epochs="1")
    assert (code, lines[-1]["status"]) == (1, "failed")
    assert f"cannot be written to {run} (Is a directory)" in lines[-1]["error"]


def test_a_run_without_a_summary_is_not_done(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Artifacts.put_summary

    def last_fails(self: Artifacts, values: dict[str, t.Any]) -> None:
        if values["status"] == "done":
            (run / "summary.json").unlink()
            (run / "summary.json").mkdir()
        really(self, values)

    monkeypatch.setattr(Artifacts, "put_summary", last_fails)
    code, lines = live(run, NOMAD_META_epochs="1")
    assert (code, lines[-1]["status"], lines[-1]["exit_code"]) == (1, "failed", 1)
    assert "Is a directory" in lines[-1]["error"]


def test_parameters_of_another_version_are_looked_for_anew(run: Path) -> None:
    run.mkdir(parents=True)
    (run / "params.json").write_text('{"dropout": 0.5}')
    code, lines = live(run, NOMAD_META_epochs="1")
    assert (code, lines[-1]["params"]["epochs"]) == (0, 1)
    assert lines[0]["event"] == "parameters_unusable"
    assert "dropout" in lines[0]["message"]


def test_two_processes_never_work_on_one_run(trainer: Start, consul: FakeConsul, run: Path) -> None:
    run.mkdir(parents=True)
    with (run / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, lines, stderr = trainer(**place(run), CONSUL_HTTP_ADDR=consul.address).end()
    assert (code, [line["event"] for line in lines]) == (1, ["busy"])
    assert stderr == f"Another process is at work in {run}; end it, or wait until it has ended.\n"
    assert consul.writes == [], "the record is the other's"
    assert visible(run) == []
    assert trainer(**place(run), NOMAD_META_epochs="1").end()[0] == 0


def test_the_lock_of_a_lost_host_is_waited_for(trainer: Start, run: Path) -> None:
    run.mkdir(parents=True)
    with (run / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = trainer(**place(run), NOMAD_ALLOC_ID="b", NOMAD_META_epochs="1")
        assert "may be lost" in second.wait_for("waiting")["message"]
    assert second.end()[0] == 0


def test_who_is_stopped_while_it_waits_leaves_the_record_alone(
    trainer: Start, consul: FakeConsul, run: Path
) -> None:
    run.mkdir(parents=True)
    env = {**place(run), "NOMAD_ALLOC_ID": "b", "CONSUL_HTTP_ADDR": consul.address}
    with (run / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = trainer(**env)
        second.wait_for("waiting")
        second.process.terminate()
        code, lines, _ = second.end()
    assert (code, lines[-1]["event"], consul.writes) == (1, "busy", [])


def test_the_wait_for_a_lock_has_an_end(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.run.PATIENCE", 0.0)
    run.mkdir(parents=True)
    with (run / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, lines = live(run, NOMAD_ALLOC_ID="b")
    assert (code, [line["event"] for line in lines]) == (1, ["busy"])
