"""The images that a network is most sure of and wrong about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.data.dataset import Split


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
    split: Split,
    predicted: NDArray[np.integer[Any]],
    confidences: NDArray[np.float64],
    classes: Sequence[str],
    limit: int,
) -> tuple[Mistake, ...]:
    """The mistakes with the highest confidence, the highest first, equal ones in their order.

    Args:
        split: The images and labels.
        predicted: What each image is taken for, of shape (N,).
        confidences: The probability of that, of shape (N,).
        classes: What each label stands for.
        limit: How many mistakes to return at most.
    """
    wrong = np.flatnonzero(predicted != split.labels)
    first = wrong[np.argsort(-confidences[wrong], kind="stable")][:limit]
    return tuple(
        Mistake(
            index=int(i),
            image=split.images[i],
            true=classes[split.labels[i]],
            predicted=classes[predicted[i]],
            confidence=float(confidences[i]),
        )
        for i in first
    )
