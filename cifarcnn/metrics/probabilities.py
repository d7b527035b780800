"""Probabilities: from logits, and scores of networks that give them and whose logits are lost."""

import numpy as np
from numpy.typing import NDArray

from cifarcnn.metrics.scores import Scores, log_softmax

_EPSILON = 1e-7
"""Keras' own; its loss on probabilities never exceeds -log(1e-7) = 16.1 per image."""
_TOLERANCE = 1e-3


def are_probabilities(outputs: NDArray[np.float32]) -> bool:
    """Whether each of N rows, (N, classes), has no negative number and a sum of 1."""
    sums = outputs.sum(axis=1, dtype=np.float64)
    return bool((outputs >= 0).all() and (np.abs(sums - 1) <= _TOLERANCE).all())


def score_probabilities(outputs: NDArray[np.float32], labels: NDArray[np.uint8]) -> Scores:
    """Score probabilities as `keras.losses.CategoricalCrossentropy(from_logits=False)` does.

    Each row is divided by its sum and clipped to 1e-7 and 1 - 1e-7 before the logarithm, so the
    loss of a confident mistake is smaller than what the logits would give.
    """
    shares = normalized(outputs)
    of_label = np.clip(shares[np.arange(len(labels)), labels], _EPSILON, 1 - _EPSILON)
    correct = outputs.argmax(axis=1) == labels
    return Scores(float(-np.log(of_label).mean()), float(correct.mean()), len(labels))


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """The probabilities that logits stand for, both of shape (N, classes)."""
    return np.asarray(np.exp(log_softmax(logits)))


def normalized(outputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities, (N, classes), each row divided by its sum."""
    shares = outputs.astype(np.float64)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
