# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a training has come: all that it takes to go on, or to stop and choose a model."""

from __future__ import annotations

import dataclasses
import typing as t

import numpy as np

from trainer.network import Network, Score
from trainer.parameters import Parameters

Weights = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Epoch:
    """Where the run stands after so many epochs; 0 is before the first step."""

    number: int
    step: int
    train: Score
    val: Score
    samples_per_second: float

    def scores(self) -> dict[str, t.Any]:
        """What depends on the parameters alone, and neither on the machine nor on the day."""
        return {
            "epoch": self.number,
            "step": self.step,
            "loss": self.val.loss,
            "accuracy": self.val.accuracy,
            "train_loss": self.train.loss,
            "train_accuracy": self.train.accuracy,
        }


@dataclasses.dataclass(frozen=True)
class Best:
    """The epoch with the lowest loss of validation so far."""

    epoch: int
    score: Score
    weights: Weights | None  # kept only where the run may stop early and go back to them


@dataclasses.dataclass
class Progress:
    """The weights are the whole state of the descent: plain SGD has no other, and the order of the
    samples follows from the seed, the epoch and the step."""

    network: Network
    step: int = 0
    last: Epoch | None = None
    best: Best | None = None

    @property
    def epoch(self) -> int:
        """The last epoch that is complete; -1 before the untrained network was scored."""
        return -1 if self.last is None else self.last.number

    def complete(self, epoch: Epoch, parameters: Parameters) -> None:
        self.last = epoch
        least = parameters.early_stop_min_delta
        if self.best is None or epoch.val.loss < self.best.score.loss - least:
            kept = self._copy() if parameters.early_stop_patience else None
            self.best = Best(epoch.number, epoch.val, kept)

    def stops_early(self, parameters: Parameters) -> bool:
        """Whether the last epochs, as many as it has patience for, were all no better."""
        patience = parameters.early_stop_patience
        if not patience or self.best is None or self.epoch >= parameters.epochs:
            return False
        return self.epoch - self.best.epoch >= patience

    def model(self) -> tuple[int, Weights]:
        """The epoch and the weights of the model: the best, where they were kept, else the last."""
        if self.best is not None and self.best.weights is not None:
            return self.best.epoch, self.best.weights
        return self.epoch, self.network.weights

    def _copy(self) -> Weights:
        return {name: values.copy() for name, values in self.network.weights.items()}
