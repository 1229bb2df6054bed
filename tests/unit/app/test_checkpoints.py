# SPDX-License-Identifier: GPL-3.0-or-later
"""A state that was saved is the state that was there, or it is refused."""

from __future__ import annotations

import hashlib
import io
import json
import random
import typing as t
from pathlib import Path

import numpy as np
import pytest
from trainer import arrays, digits, files
from trainer.checkpoints import KEEP, Checkpoints, UnusableError, decode, encode
from trainer.history import History
from trainer.log import Log
from trainer.network import Score
from trainer.parameters import Parameters
from trainer.progress import Epoch, Progress
from trainer.stop import Stop
from trainer.training import begin, train

SMALL = Parameters(epochs=3, batch_size=400, hidden_units=4)  # 4 steps an epoch
STEPS = 12
IDENTITY = {"parameters": {"seed": 42}, "dataset": "abc"}


class KilledError(Exception):
    """The process ends here."""


class Fragile:
    """Saves after each step, and dies after one of them, or between an epoch and the next."""

    def __init__(self, progress: Progress, step: int = -1, epoch: int = -1) -> None:
        self._progress = progress
        self._step = step
        self._epoch = epoch
        self.saved = b""
        self.epochs: list[dict[str, t.Any]] = []

    def on_step(self, step: int) -> None:
        self.saved = encode(self._progress, IDENTITY)
        if step == self._step:
            raise KilledError

    def on_epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch.scores())
        if epoch.number == self._epoch:
            raise KilledError


def go_on(progress: Progress, parameters: Parameters, **fate: int) -> Fragile:
    fragile = Fragile(progress, **fate)
    parts = digits.split(digits.load(), parameters.validation_split, parameters.seed)
    train(progress, parameters, *parts, fragile, Stop())
    return fragile


def same(one: Progress, other: Progress) -> bool:
    left, right = (encode(dated(each), IDENTITY) for each in (one, other))
    return left == right


def dated(progress: Progress) -> Progress:
    """The speed is of the day."""
    assert progress.last
    progress.last = Epoch(*list(vars(progress.last).values())[:4], samples_per_second=0.0)
    return progress


@pytest.fixture(scope="module")
def whole() -> tuple[Progress, list[dict[str, t.Any]]]:
    progress = begin(SMALL)
    return progress, go_on(progress, SMALL).epochs


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_run_that_dies_after_any_step_ends_with_the_same_bits(
    whole: tuple[Progress, list[dict[str, t.Any]]], step: int
) -> None:
    progress = begin(SMALL)
    fragile = Fragile(progress, step)
    parts = digits.split(digits.load(), SMALL.validation_split, SMALL.seed)
    with pytest.raises(KilledError):
        train(progress, SMALL, *parts, fragile, Stop())
    second = decode(fragile.saved, IDENTITY)
    assert second.step == step
    rest = go_on(second, SMALL)
    assert same(second, whole[0])
    assert fragile.epochs[: SMALL.epochs + 1 - len(rest.epochs)] + rest.epochs == whole[1]


def test_it_survives_being_killed_after_each_single_step() -> None:
    parameters = Parameters(epochs=3, batch_size=400, hidden_units=4, early_stop_patience=2)
    uninterrupted = begin(parameters)
    go_on(uninterrupted, parameters)
    progress = begin(parameters)
    for step in range(1, STEPS + 1):
        with pytest.raises(KilledError):
            go_on(progress, parameters, step=step)
        progress = decode(encode(progress, IDENTITY), IDENTITY)
    go_on(progress, parameters)
    assert same(progress, uninterrupted)
    assert progress.best
    assert progress.best.weights


def example(step: int = 7) -> Progress:
    progress = begin(Parameters(hidden_units=3, early_stop_patience=1))
    progress.step = step
    scores = Score(1.5, 0.25), Score(0.1 + 0.2, 1 / 3)
    progress.complete(Epoch(1, 5, *scores, 9.5), Parameters(early_stop_patience=1))
    return progress


def test_what_is_decoded_is_what_was_encoded() -> None:
    progress = example()
    again = decode(encode(progress, IDENTITY), IDENTITY)
    assert (again.step, again.last) == (7, progress.last)
    assert again.best
    assert again.best.score == Score(0.1 + 0.2, 1 / 3)
    assert encode(again, IDENTITY) == encode(progress, IDENTITY)


def test_no_damage_goes_unnoticed() -> None:
    good = encode(example(), IDENTITY)
    chance = random.Random(1)
    damaged = [b"", b"\n", good[:64], good[:-1], good + b"\0", good[:70] + good[71:]]
    for _ in range(200):
        place = chance.randrange(len(good))
        damaged.append(
            good[:place] + bytes([good[place] ^ 1 << chance.randrange(8)]) + good[place + 1 :]
        )
    for data in damaged:
        with pytest.raises(UnusableError, match="checksum"):
            decode(data, IDENTITY)


def test_a_checkpoint_of_another_run_is_refused() -> None:
    other = {"parameters": {"seed": 43}, "dataset": "abc"}
    with pytest.raises(UnusableError, match="it is of another parameters"):
        decode(encode(example(), IDENTITY), other)


def test_a_checkpoint_of_another_version_is_refused() -> None:
    body = json.dumps({"identity": IDENTITY}).encode() + b"\n" + arrays.pack({})
    data = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    with pytest.raises(UnusableError, match="another version of the trainer"):
        decode(data, IDENTITY)


def always(_progress: Progress) -> bool:
    return True


def test_the_newest_three_are_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "c", IDENTITY)
    for step in (5, 10, 100, 1000, 999):
        checkpoints.save(example(step))
    names = sorted(path.name for path in (tmp_path / "c").iterdir())
    assert KEEP == 3
    assert names == [f"step-{step:09}.ckpt" for step in (100, 999, 1000)]
    newest = checkpoints.newest(Log("r", io.StringIO()), always)
    assert newest
    assert newest.step == 1000


@pytest.mark.parametrize("damage", ["empty", "short", "directory", "none fits"])
def test_what_cannot_be_used_is_passed_over_with_a_warning(tmp_path: Path, damage: str) -> None:
    checkpoints, stream = Checkpoints(tmp_path, IDENTITY), io.StringIO()
    for step in (1, 2, 3):
        checkpoints.save(example(step))
    newest = tmp_path / "step-000000003.ckpt"
    (tmp_path / ".step-000000004.ckpt.tmp").write_bytes(b"half")
    if damage == "empty":
        newest.write_bytes(b"")
    elif damage == "short":
        newest.write_bytes(newest.read_bytes()[:-100])
    elif damage == "directory":
        newest.unlink()
        (tmp_path / "step-00000003.ckpt").mkdir()  # another name than ours: never touched
    found = checkpoints.newest(Log("r", stream), lambda p: damage != "none fits")
    warnings = [json.loads(line) for line in stream.getvalue().splitlines()]
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    if damage == "none fits":
        assert found is None
        assert (len(warnings), left) == (3, [])
        return
    assert found
    assert found.step == 2
    assert left == ["step-000000001.ckpt", "step-000000002.ckpt"]
    if damage != "directory":
        assert [warning["event"] for warning in warnings] == ["checkpoint_unusable"]
        assert "passed over and removed: its checksum is wrong." in warnings[0]["message"]


def test_without_any_the_run_starts_from_nothing(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path / "none", IDENTITY).newest(Log("r", io.StringIO()), always) is None


def test_a_file_is_the_old_one_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    files.put(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.put(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_arrays_are_the_same_bytes_whatever_the_order_and_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = np.arange(6.0).reshape(2, 3), np.array([1, 2])
    first = arrays.pack({"a": one, "b": two})
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert arrays.pack({"b": two, "a": one}) == first
    with np.load(io.BytesIO(first)) as archive:
        np.testing.assert_array_equal(archive["a"], one)
    np.testing.assert_array_equal(arrays.unpack(first)["b"], two)


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04", np.arange(3).tobytes()])
def test_other_bytes_are_no_arrays(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"no \.npz file"):
        arrays.unpack(data)


def history(path: Path, count: int) -> History:
    written = History(path)
    for number in range(count):
        written.append(Epoch(number, number, Score(1.0, 0.5), Score(float("nan"), 0.5), 1.0))
    return written


def test_the_history_is_cut_where_the_checkpoint_was(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    written = history(path, 5)
    before = path.read_bytes().splitlines(keepends=True)
    with path.open("ab") as file:
        file.write(b'{"epoch": 5, "st')  # the process was killed here
    assert written.cut(2)
    assert path.read_bytes() == b"".join(before[:3])
    assert json.loads(before[0]) == {
        "epoch": 0,
        "step": 0,
        "loss": None,
        "accuracy": 0.5,
        "train_loss": 1.0,
        "train_accuracy": 0.5,
    }
    written.empty()
    assert path.read_bytes() == b""


@pytest.mark.parametrize("damage", ["missing", "short", "half", "gap", "other"])
def test_a_history_that_does_not_reach_far_enough_is_left_as_it_is(
    tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "metrics.jsonl"
    written = history(path, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    changed = {
        "missing": None,
        "short": lines[:2],
        "half": [*lines[:2], lines[2][:-1]],
        "gap": [lines[0], lines[2], lines[2]],
        "other": [lines[0], b"[]\n", lines[2]],
    }[damage]
    path.unlink()
    if changed is not None:
        path.write_bytes(b"".join(changed))
    assert not written.cut(2)
    assert path.exists() == (changed is not None)
    assert changed is None or path.read_bytes() == b"".join(changed)
