# SPDX-License-Identifier: GPL-3.0-or-later
"""The training itself: epochs of mini-batch stochastic gradient descent."""

from __future__ import annotations

import itertools
import math
import time
import typing as t
from collections.abc import Iterator

import numpy as np

from trainer.digits import CLASSES, PIXELS, Samples
from trainer.errors import DivergedError
from trainer.network import Network
from trainer.parameters import Parameters
from trainer.progress import Epoch, Progress
from trainer.stop import Stop


class Watcher(t.Protocol):
    """Is told of the progress while it happens."""

    def on_step(self, step: int) -> None: ...

    def on_epoch(self, epoch: Epoch) -> None: ...


def begin(parameters: Parameters) -> Progress:
    return Progress(Network(PIXELS, parameters.hidden_units, CLASSES, parameters.seed))


def train(
    progress: Progress,
    parameters: Parameters,
    train: Samples,
    val: Samples,
    watcher: Watcher,
    stop: Stop,
) -> None:
    """Take the progress to its last epoch, from wherever it is.

    Raises DivergedError, or StoppedError when asked to stop, which leaves the progress between two
    steps.
    """

    def score(number: int, speed: float) -> None:
        network = progress.network
        epoch = Epoch(number, progress.step, network.score(train), network.score(val), speed)
        progress.complete(epoch, parameters)
        watcher.on_epoch(epoch)
        _check(epoch.train.loss + epoch.val.loss, number, progress.step, parameters)

    if progress.last is None:
        score(0, 0.0)
    while progress.epoch < parameters.epochs and not progress.stops_early(parameters):
        started = time.monotonic()
        number = progress.epoch + 1
        trained = 0
        for batch in _left(train, parameters, progress):
            stop.check()
            loss = progress.network.step(batch, parameters.learning_rate)
            progress.step += 1
            _check(loss, number, progress.step, parameters)
            trained += len(batch)
            watcher.on_step(progress.step)
        score(number, trained / max(time.monotonic() - started, 1e-9))
        stop.wait(started + parameters.min_epoch_seconds - time.monotonic())


def batches(samples: Samples, parameters: Parameters, epoch: int) -> Iterator[Samples]:
    """All samples once. The order depends on seed and epoch alone, not on what came before."""
    rows = np.random.default_rng([parameters.seed, epoch]).permutation(len(samples))
    for start in range(0, len(rows), parameters.batch_size):
        yield samples.take(rows[start : start + parameters.batch_size])


def _left(samples: Samples, parameters: Parameters, progress: Progress) -> Iterator[Samples]:
    """The batches of the epoch that is under way which the network has not seen."""
    steps = math.ceil(len(samples) / parameters.batch_size)
    seen = progress.step - progress.epoch * steps
    return itertools.islice(batches(samples, parameters, progress.epoch + 1), seen, None)


def _check(loss: float, epoch: int, step: int, parameters: Parameters) -> None:
    if not math.isfinite(loss):
        raise DivergedError(
            f"The loss became {loss} in epoch {epoch} at step {step}: the training diverged; "
            f"lower learning_rate, which is {parameters.learning_rate:g}."
        )
