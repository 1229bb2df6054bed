# SPDX-License-Identifier: GPL-3.0-or-later
"""The training itself: epochs of mini-batch stochastic gradient descent."""

from __future__ import annotations

import dataclasses
import math
import time
import typing as t
from collections.abc import Iterator

import numpy as np

from trainer.digits import CLASSES, PIXELS, Samples
from trainer.errors import DivergedError
from trainer.network import Network, Score
from trainer.parameters import Parameters
from trainer.stop import Stop


@dataclasses.dataclass(frozen=True)
class Epoch:
    """Where the run stands after so many epochs; 0 is before the first step."""

    number: int
    step: int
    train: Score
    val: Score
    samples_per_second: float


class Watcher(t.Protocol):
    """Is told of the progress while it happens."""

    def on_step(self, step: int) -> None: ...

    def on_epoch(self, epoch: Epoch) -> None: ...


def train(
    parameters: Parameters, train: Samples, val: Samples, watcher: Watcher, stop: Stop
) -> Network:
    """Train to the last epoch. Raises DivergedError, or StoppedError when asked to stop."""
    network = Network(PIXELS, parameters.hidden_units, CLASSES, parameters.seed)
    watcher.on_epoch(Epoch(0, 0, network.score(train), network.score(val), 0.0))
    step = 0
    for number in range(1, parameters.epochs + 1):
        started = time.monotonic()
        for batch in batches(train, parameters, number):
            stop.check()
            step += 1
            _check(network.step(batch, parameters.learning_rate), number, step, parameters)
            watcher.on_step(step)
        speed = len(train) / max(time.monotonic() - started, 1e-9)
        epoch = Epoch(number, step, network.score(train), network.score(val), speed)
        watcher.on_epoch(epoch)
        _check(epoch.train.loss + epoch.val.loss, number, step, parameters)
        stop.wait(started + parameters.min_epoch_seconds - time.monotonic())
    return network


def batches(samples: Samples, parameters: Parameters, epoch: int) -> Iterator[Samples]:
    """All samples once. The order depends on seed and epoch alone, not on what came before."""
    rows = np.random.default_rng([parameters.seed, epoch]).permutation(len(samples))
    for start in range(0, len(rows), parameters.batch_size):
        yield samples.take(rows[start : start + parameters.batch_size])


def _check(loss: float, epoch: int, step: int, parameters: Parameters) -> None:
    if not math.isfinite(loss):
        raise DivergedError(
            f"The loss became {loss} in epoch {epoch} at step {step}: the training diverged; "
            f"lower learning_rate, which is {parameters.learning_rate:g}."
        )
