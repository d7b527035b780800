"""The figures of a run from what it predicted for the test images; no framework is needed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.data.classes import class_names
from cifarcnn.evaluation.calibration import Calibration, calibration
from cifarcnn.evaluation.figures import (
    ClassFigures,
    Matrix,
    class_figures,
    confusion_matrix,
    correct_in_top,
)
from cifarcnn.evaluation.honesty import HonestyCheck, honesty_checks
from cifarcnn.evaluation.intervals import Accuracy
from cifarcnn.evaluation.probabilities import softmax
from cifarcnn.runs.predictions import Predictions


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network answered for N test images of C classes, and how good that is."""

    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    """What is right, of shape (N)."""
    predicted: NDArray[np.int64]
    """Of shape (N)."""
    probabilities: NDArray[np.float64]
    """Of shape (N, C)."""
    accuracy: Accuracy
    top2: Accuracy
    confusion: Matrix
    """Rows are the true classes, columns what their images are taken for."""
    figures: tuple[ClassFigures, ...]
    calibration: Calibration
    checks: tuple[HonestyCheck, ...]

    @property
    def confidences(self) -> NDArray[np.float64]:
        """The probability of each answer, (N)."""
        highest: NDArray[Any] = self.probabilities.max(axis=1)
        return highest


def answers(predictions: Predictions, dataset: str) -> Answers:
    """All figures of predictions for the test images of a data set."""
    classes = class_names(dataset)
    labels, predicted, correct = predictions.labels, predictions.predicted, predictions.correct
    probabilities = softmax(predictions.logits)
    confusion = confusion_matrix(labels, predicted, len(classes))
    in_top2 = correct_in_top(2, predictions.logits, labels)
    return Answers(
        classes=classes,
        labels=labels,
        predicted=predicted,
        probabilities=probabilities,
        accuracy=Accuracy(int(correct.sum()), len(labels)),
        top2=Accuracy(in_top2, len(labels)),
        confusion=confusion,
        figures=class_figures(confusion, classes),
        calibration=calibration(probabilities.max(axis=1), correct),
        checks=honesty_checks(dataset, "test", correct),
    )
