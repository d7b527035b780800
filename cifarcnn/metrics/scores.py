"""Loss and accuracy over a split, from the network's logits.

The same code scores the validation in every epoch, the test at the end and the `evaluate` command,
with one fixed batch size: the same weights give the same digits everywhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scores:
    """How a network does on a split."""

    loss: float
    """Mean cross-entropy, in nats, with the loss' label smoothing and without weight penalties."""
    accuracy: float
    """Share of images whose largest logit is their label."""
    images: int


def score(logits: NDArray[np.float32], labels: NDArray[np.uint8], smoothing: float = 0.0) -> Scores:
    """Score logits, computing in float64."""
    log_p = log_softmax(logits)
    of_label = log_p[np.arange(len(labels)), labels]
    losses = -(1 - smoothing) * of_label - smoothing * log_p.mean(axis=1)
    correct = logits.argmax(axis=1) == labels
    return Scores(float(losses.mean()), float(correct.mean()), len(labels))


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """The logarithms of the predicted probabilities."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
