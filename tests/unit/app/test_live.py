# SPDX-License-Identifier: GPL-3.0-or-later
"""train.py while it runs: what Prometheus and Consul see of it, and how it is stopped."""

from __future__ import annotations

import json
import signal
import socket
import time
import typing as t

import pytest

if t.TYPE_CHECKING:
    from conftest import FakeConsul, Trainer

    Start = t.Callable[..., Trainer]

NOMAD = {"NOMAD_JOB_ID": "ml-training/dispatch-1-ab", "NOMAD_META_run_name": "demo"}
METRICS = {
    'ml_training_loss{split="train"}',
    'ml_training_loss{split="val"}',
    'ml_training_accuracy{split="train"}',
    'ml_training_accuracy{split="val"}',
    "ml_training_step",
    "ml_training_epoch",
    "ml_training_epochs",
    "ml_training_samples_per_second",
    "ml_training_learning_rate",
    "ml_training_state",
}


def metrics(text: str) -> dict[str, float]:
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("ml_training_"))
    return {name: float(value) for name, value in pairs}


def test_the_metrics_are_live(trainer: Start) -> None:
    run = trainer(**NOMAD, NOMAD_META_epochs="1000", NOMAD_META_min_epoch_seconds="0.3")
    seen: list[dict[str, float]] = []
    for _ in range(3):
        reached = seen[-1]["ml_training_epoch"] if seen else 0
        while (line := run.wait_for("epoch"))["epoch"] <= reached:
            pass
        seen.append(metrics(run.ask("/metrics")))
        assert reached < line["epoch"] <= seen[-1]["ml_training_epoch"]
        health = json.loads(run.ask("/healthz"))
        assert health == {"status": "ok", "run_id": "dispatch-1-ab", "state": "running"}
    info = {name for name in seen[0] if name.startswith("ml_training_run_info{")}
    assert all(set(one) == METRICS | info for one in seen)
    assert 'learning_rate="0.1"' in info.pop()
    for one in seen:
        begun = one["ml_training_epoch"] * 45
        assert begun <= one["ml_training_step"] <= begun + 45, "1438 samples in batches of 32"
        assert (one["ml_training_state"], one["ml_training_epochs"]) == (1, 1000)
        assert one["ml_training_samples_per_second"] > 0
    for name in ('ml_training_loss{split="val"}', 'ml_training_loss{split="train"}'):
        assert seen[0][name] > seen[1][name] > seen[2][name]
        assert one[name] < 1.5


def test_the_last_metrics_stay_until_the_linger_is_over_or_cut_short(trainer: Start) -> None:
    run = trainer(NOMAD_META_linger_seconds="30")
    summary = run.wait_for("summary")
    last = metrics(run.ask("/metrics"))
    assert last["ml_training_state"] == 2
    assert last["ml_training_epoch"] == 20
    assert last['ml_training_accuracy{split="val"}'] == summary["accuracy"]
    assert run.process.poll() is None
    run.process.terminate()
    code, lines, _ = run.end()
    assert code == 0, "it was done before it was stopped"
    assert lines[-1] is summary


def test_the_linger_is_over_when_it_should_be(trainer: Start) -> None:
    run = trainer(NOMAD_META_linger_seconds="1")
    run.wait_for("summary")
    started = time.monotonic()
    assert run.end()[0] == 0
    assert 0.8 < time.monotonic() - started < 3


def test_another_path_is_not_found(trainer: Start) -> None:
    run = trainer(NOMAD_META_linger_seconds="30")
    run.wait_for("summary")
    with pytest.raises(OSError, match="404"):
        run.ask("/other")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_run_ends_at_once_with_a_summary(
    trainer: Start, consul: FakeConsul, number: signal.Signals, code: int
) -> None:
    run = trainer(
        **NOMAD,
        CONSUL_HTTP_ADDR=consul.address,
        NOMAD_META_min_epoch_seconds="60",
        NOMAD_META_linger_seconds="60",
    )
    run.wait_for("epoch")
    started = time.monotonic()
    run.process.send_signal(number)
    assert run.end()[0] == code
    assert time.monotonic() - started < 2
    summary = run.lines[-1]
    assert (summary["event"], summary["status"], summary["exit_code"]) == (
        "summary",
        "stopped",
        code,
    )
    assert summary["message"] == f"The run was stopped by {number.name}."
    record = consul.writes[-1][1]
    assert (record["status"], record["exit_code"]) == ("stopped", code)


def test_a_divergence_ends_with_4_and_is_still_seen(trainer: Start) -> None:
    run = trainer(NOMAD_META_lr="1000", NOMAD_META_linger_seconds="30")
    summary = run.wait_for("summary")
    assert (summary["exit_code"], summary["status"]) == (4, "failed")
    assert metrics(run.ask("/metrics"))["ml_training_state"] == 3
    run.process.terminate()
    code, _, stderr = run.end()
    assert code == 4
    assert "diverged; lower learning_rate, which is 1000." in stderr


def test_a_port_that_is_taken_is_named(trainer: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, lines, stderr = trainer(MLOPS_METRICS_PORT=str(port)).end()
    assert code == lines[-1]["exit_code"] == 1
    assert f"cannot be served at 127.0.0.1:{port} ([Errno 98] Address already in use)" in stderr
    assert "MLOPS_METRICS_PORT" in stderr
