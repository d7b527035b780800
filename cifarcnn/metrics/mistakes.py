"""The images that a network is most sure of and wrong about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cifarcnn.metrics.figures import Figures


@dataclass(frozen=True, eq=False)
class Mistake:
    """An image that is taken for what it is not."""

    index: int
    """Its place in the split, from 0."""
    image: NDArray[np.uint8]
    """Its pixels from 0 to 255, of shape (32, 32, 3)."""
    true: str
    predicted: str
    confidence: float
    """The probability of the predicted class."""


def most_confident_mistakes(
    images: NDArray[np.uint8], figures: Figures, limit: int
) -> tuple[Mistake, ...]:
    """The mistakes with the highest confidence, the highest first, equal ones in their order.

    Args:
        images: Pixels of shape (N, 32, 32, 3).
        figures: What the network predicted for them.
        limit: How many mistakes to return at most.
    """
    confidences, classes = figures.confidences, figures.class_names
    wrong = np.flatnonzero(figures.predicted != figures.labels)
    first = wrong[np.argsort(-confidences[wrong], kind="stable")][:limit]
    return tuple(
        Mistake(
            index=int(i),
            image=images[i],
            true=classes[figures.labels[i]],
            predicted=classes[figures.predicted[i]],
            confidence=float(confidences[i]),
        )
        for i in first
    )
