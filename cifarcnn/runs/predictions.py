"""What a run predicted for each test image: `predictions.npz`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cifarcnn.errors import UserError
from cifarcnn.files.npz import DAMAGED, read_array
from cifarcnn.runs.summary import Summary

_LARGEST = 64 * 1024**2
"""Bytes of an array; 10,000 images take 400 kB."""
_CLASSES = 10


@dataclass(frozen=True, eq=False)
class Predictions:
    """The answers of a network to N images in their order, and what is right."""

    logits: NDArray[np.float32]
    """Of shape (N, 10)."""
    labels: NDArray[np.int64]
    """Of shape (N)."""

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The class with the largest logit, (N)."""
        return np.asarray(self.logits.argmax(axis=1), dtype=np.int64)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Which images are recognized, (N)."""
        return np.equal(self.predicted, self.labels)

    def mismatch(self, summary: Summary) -> str | None:
        """How they contradict the summary of their run, if they do."""
        accuracy = float(self.correct.mean())
        if (
            len(self.labels) == summary.test_images
            and abs(accuracy - summary.test_accuracy) <= 0.5 / summary.test_images
        ):
            return None
        return (
            f"predictions.npz gives an accuracy of {accuracy:.4f} on {len(self.labels):,} images, "
            f"summary.json {summary.test_accuracy:.4f} on {summary.test_images:,}"
        )


def read_predictions(path: Path) -> Predictions:
    """Read the predictions of a run, which may come from a stranger.

    Raises:
        UserError: the file cannot be read or is not what a training writes.
    """
    try:
        if path.stat().st_size > 2 * _LARGEST:
            raise ValueError("it is too large")
        logits = read_array(path, "logits", _LARGEST, compressed=True)
        labels = read_array(path, "labels", _LARGEST, compressed=True)
        if logits.ndim != 2 or logits.shape[1] != _CLASSES or logits.dtype != np.float32:
            raise ValueError(f"its logits are not of shape (images, {_CLASSES}), float32")
        if labels.shape != logits.shape[:1] or labels.dtype.kind not in "iu":
            raise ValueError("its labels are not one whole number for each image")
        if not len(labels) or labels.min() < 0 or labels.max() >= _CLASSES:
            raise ValueError(f"its labels are not from 0 to {_CLASSES - 1}")
        if not np.isfinite(logits).all():
            raise ValueError("its logits are not finite")
    except DAMAGED as error:
        reason = str(error) or type(error).__name__
        raise UserError(f"{path} does not hold the predictions of a run: {reason}") from error
    return Predictions(logits.astype(np.float32), labels.astype(np.int64))
