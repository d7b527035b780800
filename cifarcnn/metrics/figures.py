"""All figures of a classifier, from its outputs for images whose classes are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cifarcnn.metrics.calibration import Calibration, calibration
from cifarcnn.metrics.classification import (
    ClassFigures,
    Indexes,
    Matrix,
    class_figures,
    confusion_matrix,
    correct_in_top,
)
from cifarcnn.metrics.honesty import HonestyCheck, honesty_checks
from cifarcnn.metrics.intervals import Accuracy
from cifarcnn.metrics.probabilities import normalized, softmax

Outputs = Literal["logits", "probabilities"]


@dataclass(frozen=True, eq=False)
class Figures:
    """How well a network recognizes N images of C classes."""

    labels: Indexes
    """The true classes, of shape (N,)."""
    predicted: Indexes
    """The predicted classes, of shape (N,)."""
    probabilities: NDArray[np.float64]
    """Of shape (N, C)."""
    accuracy: Accuracy
    top2: Accuracy
    """With an image counted as recognized if its class is among the two likeliest."""
    classes: tuple[ClassFigures, ...]
    confusion: Matrix
    """Rows are the true classes, columns the predicted ones."""
    calibration: Calibration
    checks: tuple[HonestyCheck, ...]

    @property
    def images(self) -> int:
        """The number of images, N."""
        return len(self.labels)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in the order of their labels."""
        return tuple(row.name for row in self.classes)

    @property
    def confidences(self) -> NDArray[np.float64]:
        """The probability of each predicted class, of shape (N,)."""
        highest: NDArray[Any] = self.probabilities.max(axis=1)
        return highest


def judge(
    outputs: NDArray[np.float32],
    labels: Indexes,
    class_names: Sequence[str],
    *,
    kind: Outputs,
    dataset: str,
    split: str,
) -> Figures:
    """Compute all figures of a network's outputs.

    Args:
        outputs: Of shape (N, C).
        labels: The true classes, of shape (N,).
        class_names: The names of the C classes.
        kind: Whether the outputs are logits or probabilities.
        dataset: The name of the data set.
        split: The name of the split, such as `test`.
    """
    probabilities = normalized(outputs) if kind == "probabilities" else softmax(outputs)
    predicted = outputs.argmax(axis=1)
    correct = predicted == labels
    confusion = confusion_matrix(labels, predicted, len(class_names))
    return Figures(
        labels=labels,
        predicted=predicted,
        probabilities=probabilities,
        accuracy=Accuracy(int(correct.sum()), len(labels)),
        top2=Accuracy(correct_in_top(2, outputs, labels), len(labels)),
        classes=class_figures(confusion, class_names),
        confusion=confusion,
        calibration=calibration(probabilities.max(axis=1), correct),
        checks=honesty_checks(dataset, split, correct),
    )
