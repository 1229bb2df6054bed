# SPDX-License-Identifier: GPL-3.0-or-later
"""It really learns, the same each time, from scikit-learn's digits."""

from __future__ import annotations

import time

import numpy as np
import pytest
from trainer import digits
from trainer.errors import DataError, DivergedError, StoppedError
from trainer.network import Network
from trainer.parameters import Parameters
from trainer.progress import Epoch
from trainer.stop import Stop
from trainer.training import batches, begin, train


class Notes:
    """A watcher that writes everything down."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.epochs: list[Epoch] = []

    def on_step(self, step: int) -> None:
        self.steps.append(step)

    def on_epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)


def learn(parameters: Parameters) -> tuple[Network, Notes]:
    notes = Notes()
    samples, val = digits.split(digits.load(), parameters.validation_split, parameters.seed)
    progress = begin(parameters)
    train(progress, parameters, samples, val, notes, Stop())
    return progress.network, notes


def test_the_data_is_scikit_learns() -> None:
    from sklearn.datasets import load_digits

    theirs, ours = load_digits(), digits.load()
    np.testing.assert_array_equal(ours.pixels, theirs.data / 16)
    np.testing.assert_array_equal(ours.digits, theirs.target)


def test_the_split_loses_and_repeats_no_sample() -> None:
    everything = digits.load()
    samples, val = digits.split(everything, 0.2, seed=1)
    assert (len(samples), len(val)) == (1438, 359)
    rows = np.concatenate([samples.pixels, val.pixels])
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(everything.pixels, axis=0))


def test_a_batch_size_that_does_not_divide_still_gives_every_sample_once() -> None:
    samples = digits.load()
    parts = list(batches(samples, Parameters(batch_size=100), epoch=1))
    assert [len(part) for part in parts] == [100] * 17 + [97]
    rows = np.concatenate([part.pixels for part in parts])
    assert not np.array_equal(rows, samples.pixels)
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(samples.pixels, axis=0))


def test_each_epoch_has_an_order_of_its_own() -> None:
    orders = [
        next(batches(digits.load(), Parameters(seed=seed), epoch)).digits.tolist()
        for seed, epoch in ((1, 1), (1, 2), (2, 1))
    ]
    assert orders[0] != orders[1] != orders[2] != orders[0]


@pytest.mark.parametrize("seed", [0, 1, 42])
def test_the_loss_falls_and_the_accuracy_is_reached(seed: int) -> None:
    _, notes = learn(Parameters(seed=seed))
    train_loss = [epoch.train.loss for epoch in notes.epochs]
    val_loss = [epoch.val.loss for epoch in notes.epochs]
    assert [epoch.number for epoch in notes.epochs] == list(range(21))
    assert notes.steps == list(range(1, 20 * 45 + 1))
    assert 2.0 < val_loss[0] < 3.0, "before the first step it knows nothing: about ln(10)"
    every_fifth = train_loss[::5]
    assert every_fifth == sorted(every_fifth, reverse=True)
    assert train_loss[-1] < 0.2
    assert val_loss[-1] < 0.25
    assert notes.epochs[0].val.accuracy < 0.3
    assert notes.epochs[-1].val.accuracy > 0.93


def test_the_gradient_is_that_of_the_loss() -> None:
    batch = digits.load().take(np.arange(20))
    network = Network(digits.PIXELS, 5, digits.CLASSES, seed=3)
    before = {name: weights.copy() for name, weights in network.weights.items()}
    network.step(batch, learning_rate=1.0)
    gradients = {name: before[name] - network.weights[name] for name in before}
    for name, index in (
        ("hidden", (20, 2)),
        ("hidden_bias", (1,)),
        ("output", (2, 7)),
        ("output_bias", (4,)),
    ):
        losses = []
        for nudge in (1e-6, -1e-6):
            network.weights = {key: weights.copy() for key, weights in before.items()}
            network.weights[name][index] += nudge
            losses.append(network.score(batch).loss)
        slope = (losses[0] - losses[1]) / 2e-6
        assert slope != 0
        assert gradients[name][index] == pytest.approx(slope, rel=1e-4, abs=1e-9)


def test_the_same_seed_gives_the_same_weights_to_the_last_bit() -> None:
    first, again, other = (learn(Parameters(epochs=2, seed=seed))[0] for seed in (5, 5, 6))
    for name, weights in first.weights.items():
        assert weights.tobytes() == again.weights[name].tobytes()
        assert weights.tobytes() != other.weights[name].tobytes()


def test_too_high_a_learning_rate_is_told_as_that() -> None:
    with pytest.raises(DivergedError, match=r"diverged; lower learning_rate, which is 1000\."):
        learn(Parameters(learning_rate=1000))


def test_an_epoch_takes_at_least_what_is_asked() -> None:
    started = time.monotonic()
    learn(Parameters(epochs=2, min_epoch_seconds=0.3))
    assert time.monotonic() - started >= 0.6


def test_a_stop_is_heard_between_two_steps() -> None:
    class Impatient(Notes):
        def on_step(self, step: int) -> None:
            super().on_step(step)
            if step == 7:
                stop._request(15, None)

    stop, notes = Stop(), Impatient()
    samples, val = digits.split(digits.load(), 0.2, seed=1)
    with pytest.raises(StoppedError, match="stopped by SIGTERM") as caught:
        train(begin(Parameters()), Parameters(), samples, val, notes, stop)
    assert notes.steps == [1, 2, 3, 4, 5, 6, 7]
    assert caught.value.exit_code == 143


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (np.ones((3, 65), dtype=int), "does not hold each of the digits"),
        (np.ones((3, 64), dtype=int), "does not hold 64 pixels"),
        (np.full((3, 65), 17), "does not hold 64 pixels from 0 to 16"),
    ],
)
def test_other_data_is_refused(table: np.ndarray, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        digits._checked(table, digits.data_file())
