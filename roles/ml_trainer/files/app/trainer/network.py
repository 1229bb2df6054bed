# SPDX-License-Identifier: GPL-3.0-or-later
"""The model: one hidden layer of leaky rectified linear units, softmax, cross-entropy."""

from __future__ import annotations

import typing as t

import numpy as np

from trainer.digits import Samples

_LEAK = 0.01  # without it, too high a learning rate ends in dead units and not in a visible NaN


class Score(t.NamedTuple):
    """How well the model does on some samples."""

    loss: float
    accuracy: float


class Network:
    """All that it has learnt is in C(weights), which plain mini-batch SGD changes in place."""

    def __init__(self, inputs: int, hidden: int, classes: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.weights = {
            "hidden": rng.normal(0.0, np.sqrt(2.0 / inputs), (inputs, hidden)),
            "hidden_bias": np.zeros(hidden),
            "output": rng.normal(0.0, np.sqrt(1.0 / hidden), (hidden, classes)),
            "output_bias": np.zeros(classes),
        }

    @classmethod
    def of(cls, weights: dict[str, np.ndarray]) -> Network:
        """One that has learnt already."""
        network = cls.__new__(cls)
        network.weights = weights
        return network

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        """The most probable digit of each row."""
        with np.errstate(all="ignore"):
            return t.cast(np.ndarray, self._forward(pixels)[1].argmax(axis=1))

    def score(self, samples: Samples) -> Score:
        with np.errstate(all="ignore"):
            logs = self._forward(samples.pixels)[1]
            hits = logs.argmax(axis=1) == samples.digits
            return Score(_cross_entropy(logs, samples.digits), float(hits.mean()))

    def step(self, batch: Samples, learning_rate: float) -> float:
        """Descend once along the gradient of this batch; its loss before that is returned."""
        with np.errstate(all="ignore"):  # what overflows shows in the loss, which is checked
            active, logs = self._forward(batch.pixels)
            slope = np.exp(logs)
            slope[np.arange(len(batch)), batch.digits] -= 1.0
            slope /= len(batch)
            back = (slope @ self.weights["output"].T) * np.where(active > 0, 1.0, _LEAK)
            gradients = {
                "hidden": batch.pixels.T @ back,
                "hidden_bias": back.sum(axis=0),
                "output": active.T @ slope,
                "output_bias": slope.sum(axis=0),
            }
            for name, gradient in gradients.items():
                self.weights[name] -= learning_rate * gradient
            return _cross_entropy(logs, batch.digits)

    def _forward(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The hidden layer's values and the logarithms of the classes' probabilities."""
        w = self.weights
        inputs = pixels @ w["hidden"] + w["hidden_bias"]
        active = np.where(inputs > 0, inputs, _LEAK * inputs)
        values = active @ w["output"] + w["output_bias"]
        values -= values.max(axis=1, keepdims=True)
        return active, values - np.log(np.exp(values).sum(axis=1, keepdims=True))


def _cross_entropy(logs: np.ndarray, digits: np.ndarray) -> float:
    return float(-logs[np.arange(len(digits)), digits].mean())
