# SPDX-License-Identifier: GPL-3.0-or-later
"""train.py as a process: exit codes, log lines, the record in Consul."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from trainer import digits
from trainer.kv import Consul
from trainer.log import Log
from trainer.record import Record
from trainer.run import Run
from trainer.stop import Stop

if t.TYPE_CHECKING:
    from conftest import FakeConsul, Trainer

    Start = t.Callable[..., Trainer]

NOMAD = {"NOMAD_JOB_ID": "ml-training/dispatch-1-ab", "NOMAD_META_run_name": "demo"}


def test_a_run_without_nomad_and_consul(trainer: Start) -> None:
    code, lines, stderr = trainer().end()
    assert (code, stderr) == (0, "")
    events = ["no_artifacts", "config", "serving", *["epoch"] * 21, "summary"]
    assert [line["event"] for line in lines] == events
    assert all({"ts", "level", "run_id", "message"} <= set(line) for line in lines)
    losses = [line["loss"] for line in lines if line["event"] == "epoch"]
    assert losses[-1] < 0.25 < 2 < losses[0]
    summary = lines[-1]
    assert summary["run_id"].startswith("local-2")
    assert (summary["status"], summary["exit_code"], summary["epochs"]) == ("done", 0, 20)
    assert summary["loss"] == losses[-1]
    assert 0.93 < summary["accuracy"] <= 1
    assert 0 < summary["duration_seconds"] < 30
    assert summary["run_name"] == "unnamed"


def test_two_processes_with_one_seed_agree_to_the_last_bit(trainer: Start) -> None:
    first, second = (trainer(NOMAD_META_hidden_units="512").end()[1][-1] for _ in range(2))
    for name in ("loss", "train_loss", "accuracy", "train_accuracy"):
        assert first[name] == second[name]


def test_all_four_sources_at_once(trainer: Start, consul: FakeConsul, tmp_path: Path) -> None:
    consul.configure(epochs=9, batch_size=60, seed=9)
    (tmp_path / "params.json").write_text('{"epochs": 2}')
    run = trainer(
        **NOMAD,
        NOMAD_TASK_DIR=str(tmp_path),
        NOMAD_META_epochs="3",
        NOMAD_META_seed="4",
        NOMAD_META_lr="",
        CONSUL_HTTP_ADDR=consul.address,
    )
    code, lines, _ = run.end()
    assert code == 0
    parameters = lines[1]["parameters"]
    assert parameters["epochs"] == {"value": 2, "source": "payload"}
    assert parameters["seed"] == {"value": 4, "source": "meta"}
    assert parameters["batch_size"] == {"value": 60, "source": "kv"}
    assert parameters["learning_rate"] == {"value": 0.1, "source": "built-in"}
    summary = lines[-1]
    assert (summary["epochs"], summary["run_id"], summary["run_name"]) == (
        2,
        "dispatch-1-ab",
        "demo",
    )
    assert lines[-2]["step"] == 2 * 24, "1438 samples in batches of 60"


def test_the_next_run_uses_a_key_that_was_changed(trainer: Start, consul: FakeConsul) -> None:
    for epochs in (2, 3):
        consul.configure(epochs=epochs)
        code, lines, _ = trainer(CONSUL_HTTP_ADDR=consul.address).end()
        assert (code, lines[-1]["epochs"]) == (0, epochs)


def test_the_record_says_running_and_then_what_came_of_it(
    trainer: Start, consul: FakeConsul
) -> None:
    trainer(**NOMAD, CONSUL_HTTP_ADDR=consul.address, CONSUL_HTTP_TOKEN="secret-token").end()
    assert [key for key, _ in consul.writes] == ["mlops/runs/dispatch-1-ab"] * 2
    begun, ended = (record for _, record in consul.writes)
    assert (begun["status"], begun["ended"], begun["accuracy"]) == ("running", None, None)
    assert begun["params"]["epochs"] == 20
    assert (ended["status"], ended["exit_code"], ended["error"]) == ("done", 0, None)
    assert ended["accuracy"] > 0.93
    assert ended["loss"] < 0.25
    assert ended["started"] == begun["started"] < ended["ended"]
    assert ended["duration_seconds"] > 0
    assert set(consul.tokens) == {"secret-token"}
    assert "secret-token" not in json.dumps(consul.writes)


def test_without_consul_a_run_warns_and_succeeds(trainer: Start) -> None:
    code, lines, _ = trainer(CONSUL_HTTP_ADDR="127.0.0.1:1").end()
    assert code == 0
    warnings = [line["message"] for line in lines if line["level"] == "warning"]
    assert len(warnings) == 3, "the defaults, the record at the start and the one at the end"
    assert all("Connection refused" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        (
            {"NOMAD_META_epochs": "many"},
            "Parameter epochs = 'many' from the metadata NOMAD_META_epochs is refused; "
            "allowed is a whole number from 1 to 10000.",
        ),
        ({"payload": '{"epoch": 3}'}, "Unknown parameter 'epoch' = 3 from the payload "),
        ({"kv": "0"}, "Parameter epochs = '0' from the Consul key mlops/config/training/epochs "),
        ({"MLOPS_METRICS_PORT": "70000"}, "MLOPS_METRICS_PORT = '70000' from the environment "),
        ({"MLOPS_METRICS_PORT": "x"}, "MLOPS_METRICS_PORT = 'x' from the environment "),
    ],
)
def test_bad_parameters_end_with_2_and_one_sentence(
    trainer: Start, consul: FakeConsul, tmp_path: Path, env: dict[str, str], sentence: str
) -> None:
    if "payload" in env:
        (tmp_path / "params.json").write_text(env.pop("payload"))
        env["NOMAD_TASK_DIR"] = str(tmp_path)
    if "kv" in env:
        consul.configure(epochs=env.pop("kv"))
    code, lines, stderr = trainer(**{**NOMAD, **env}, CONSUL_HTTP_ADDR=consul.address).end()
    assert code == 2
    assert stderr.startswith(sentence)
    assert stderr.count("\n") == 1
    summary = lines[-1]
    assert (summary["event"], summary["exit_code"], summary["status"]) == ("summary", 2, "failed")
    assert summary["error"] == summary["message"] == stderr.strip()
    assert (summary["run_name"], summary["epochs"], summary["accuracy"]) == ("demo", 0, None)
    key, record = consul.writes[-1]
    assert (key, record["status"], record["exit_code"]) == ("mlops/runs/dispatch-1-ab", "failed", 2)


def test_missing_data_ends_with_3(trainer: Start, tmp_path: Path) -> None:
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").touch()
    code, lines, stderr = trainer(PYTHONPATH=str(tmp_path)).end()
    assert code == lines[-1]["exit_code"] == 3
    assert stderr.startswith(f"The data set {tmp_path}/sklearn/datasets/data/digits.csv.gz cannot")


def test_a_crash_ends_with_1_and_is_recorded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], consul: FakeConsul
) -> None:
    def broken() -> digits.Samples:
        raise ZeroDivisionError("something unforeseen")

    monkeypatch.setattr(digits, "load", broken)
    env = {"MLOPS_METRICS_PORT": "0", "NOMAD_META_linger_seconds": "0"}
    agent = Consul.from_environment({"CONSUL_HTTP_ADDR": consul.address})
    assert Run("r", env, agent, Log("r", io.StringIO()), Stop()).live() == 1
    key, record = consul.writes[-1]
    assert (key, record["status"], record["exit_code"]) == ("mlops/runs/r", "failed", 1)
    assert record["error"] == "The run crashed: ZeroDivisionError('something unforeseen')."
    assert "Traceback" in capsys.readouterr().err


def test_the_configuration_is_printed_and_nothing_is_trained(
    trainer: Start, consul: FakeConsul
) -> None:
    consul.configure(seed=7)
    run = trainer("--print-config", CONSUL_HTTP_ADDR=consul.address, NOMAD_META_lr="0.5")
    stdout, stderr = run.process.communicate(timeout=120)
    parameters = json.loads(stdout)["parameters"]
    assert parameters["seed"] == {"value": 7, "source": "kv"}
    assert parameters["learning_rate"] == {"value": 0.5, "source": "meta"}
    assert (run.process.returncode, stderr, consul.writes) == (0, "", [])


def test_printing_a_bad_configuration_ends_with_2(trainer: Start) -> None:
    run = trainer("--print-config", NOMAD_META_lr="fast")
    stdout, stderr = run.process.communicate(timeout=120)
    assert (run.process.returncode, stdout) == (2, "")
    assert stderr.startswith("Parameter lr = 'fast' from the metadata NOMAD_META_lr is refused")


def test_help_names_parameters_sources_and_exit_codes(trainer: Start) -> None:
    stdout, _ = trainer("--help").process.communicate(timeout=120)
    for text in ("min_epoch_seconds", "learning_rate (or lr)", "CONSUL_HTTP_ADDR", "4 diverged"):
        assert text in stdout
    record = Record("r", None, None, Log("r", io.StringIO()))
    told = stdout.partition("\nrecord")[2]
    assert [name for name in record.values if name not in told] == []


def test_parameters_are_checked_without_numpy() -> None:
    """A refusal and a first signal do not have to wait for it."""
    code = "import sys, train; sys.exit('numpy' in sys.modules)"
    app = Path(digits.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=app, check=False).returncode == 0
