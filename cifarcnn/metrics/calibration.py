"""Whether a network is right as often as it is sure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15
"""As many as the paper uses."""


@dataclass(frozen=True)
class Bin:
    """The images whose confidence lies in (low, high]."""

    low: float
    high: float
    images: int
    confidence: float
    """On average; 0 without any images."""
    accuracy: float
    """The share that is recognized; 0 without any images."""


@dataclass(frozen=True)
class Calibration:
    """How confidence and accuracy go together; confidence is the largest probability."""

    bins: tuple[Bin, ...]
    confidence: float
    """On average over all images."""

    @property
    def images(self) -> int:
        """How many images all bins hold."""
        return sum(row.images for row in self.bins)

    @property
    def filled(self) -> list[Bin]:
        """The bins that hold images."""
        return [row for row in self.bins if row.images]

    @property
    def error(self) -> float:
        """The expected calibration error: |accuracy - confidence|, averaged over the images' bins.

        Formula: C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural
        Networks", ICML 2017, eq. (3), with bins of equal width, 15 of them; from M. P. Naeini,
        G. F. Cooper and M. Hauskrecht, AAAI 2015. It depends on the number of bins.
        """
        gaps = (row.images * abs(row.accuracy - row.confidence) for row in self.bins)
        return sum(gaps) / self.images if self.images else 0.0


def calibration(
    confidences: NDArray[np.float64], correct: NDArray[np.bool_], bins: int = BINS
) -> Calibration:
    """Sort images into bins of equal width by the confidence of their predictions.

    Args:
        confidences: The largest probability of each image, from 0 to 1, of shape (N,).
        correct: Whether the prediction is right, of shape (N,).
        bins: How many bins there are between 0 and 1.
    """
    edges = np.linspace(0, 1, bins + 1)
    of_image = np.searchsorted(edges[1:-1], confidences)  # bin m is (edge m, edge m + 1]

    def totals(values: NDArray[Any] | None = None) -> NDArray[Any]:
        return np.bincount(of_image, weights=values, minlength=bins)

    counts = totals()
    divisors = np.maximum(counts, 1)
    rows = zip(
        edges[:-1].tolist(),
        edges[1:].tolist(),
        counts.tolist(),
        (totals(confidences) / divisors).tolist(),
        (totals(correct) / divisors).tolist(),
        strict=True,
    )
    mean = float(confidences.mean()) if len(confidences) else 0.0
    return Calibration(tuple(Bin(*row) for row in rows), mean)
