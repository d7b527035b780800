"""Figures from labels and predictions: confusion, precision, recall, F1 and top-k accuracy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Indexes = NDArray[np.integer[Any]]
Matrix = NDArray[np.int64]


@dataclass(frozen=True)
class ClassFigures:
    """How a network does on one class.

    Precision, recall and F1 as C. J. van Rijsbergen, "Information Retrieval", 2nd edition (1979),
    chapter 7 has them, each class against all others; what would be 0/0 is 0.
    """

    name: str
    images: int
    """The images of the class: its support."""
    correct: int
    """Those that are recognized."""
    predicted: int
    """The images of any class that are taken for this one."""

    @property
    def precision(self) -> float:
        """The share of the images taken for this class that are of it."""
        return _ratio(self.correct, self.predicted)

    @property
    def recall(self) -> float:
        """The share of the images of this class that are recognized: its accuracy."""
        return _ratio(self.correct, self.images)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _ratio(2 * self.correct, self.images + self.predicted)


def confusion_matrix(labels: Indexes, predicted: Indexes, classes: int) -> Matrix:
    """How many images of each class (rows) are taken for each class (columns).

    Args:
        labels: The true classes, integers of shape (N,) from 0 to `classes` - 1.
        predicted: What they are taken for, the same shape.
        classes: How many classes there are, C.

    Returns:
        Counts of shape (C, C).
    """
    pairs = labels.astype(np.int64) * classes + predicted.astype(np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_figures(confusion: Matrix, names: Sequence[str]) -> tuple[ClassFigures, ...]:
    """The figures of each class from the confusion matrix, in its order."""
    return tuple(
        ClassFigures(
            name,
            images=int(confusion[label].sum()),
            correct=int(confusion[label, label]),
            predicted=int(confusion[:, label].sum()),
        )
        for label, name in enumerate(names)
    )


def correct_in_top(k: int, outputs: NDArray[np.floating[Any]], labels: Indexes) -> int:
    """How many images have their label among the k largest outputs.

    Of equal outputs that of the lower class counts as larger, as with `argmax`, so that the top 1
    is the accuracy.

    Args:
        k: At least 1.
        outputs: Logits or probabilities, of shape (N, C).
        labels: The true classes, of shape (N,).
    """
    of_label = outputs[np.arange(len(labels)), labels][:, None]
    lower = np.arange(outputs.shape[1]) < labels[:, None]
    ahead = (outputs > of_label) | ((outputs == of_label) & lower)
    return int((ahead.sum(axis=1) < k).sum())


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
