"""How far an accuracy that was measured on some images may be from the true one."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


def wilson_interval(correct: int, images: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of an accuracy, without continuity correction.

    It holds the chance of the images, not that of the training: another seed gives another network.

    Formula: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212, as in L. D. Brown, T. T. Cai
    and A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001),
    eq. (4).

    Args:
        correct: How many images are recognized.
        images: How many there are; without any, nothing is known and the interval is (0, 1).
        confidence: The share of such intervals that hold the true accuracy, between 0 and 1.

    Returns:
        Its two ends, shares from 0 to 1.

    Raises:
        ValueError: `correct` is not between 0 and `images`, or `confidence` not between 0 and 1.
    """
    if not 0 <= correct <= images:
        raise ValueError(f"expected from 0 to {images} correct images, received {correct}")
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence between 0 and 1, received {confidence}")
    if images == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = correct / images
    center = share + z * z / (2 * images)
    half = z * sqrt(share * (1 - share) / images + z * z / (4 * images * images))
    scale = 1 + z * z / images
    # At both ends the formula gives 0 and 1 exactly; rounding must not lead beyond them.
    low = 0.0 if correct == 0 else (center - half) / scale
    high = 1.0 if correct == images else (center + half) / scale
    return low, high


def interval_text(ends: tuple[float, float]) -> str:
    """Such as `0.7718 to 0.7880`."""
    low, high = ends
    return f"{low:.4f} to {high:.4f}"


@dataclass(frozen=True)
class Accuracy:
    """How many of some images are recognized, and what that says about all others."""

    correct: int
    images: int

    @property
    def value(self) -> float:
        """The share of the images that are recognized; 0 without any images."""
        return self.correct / self.images if self.images else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval."""
        return wilson_interval(self.correct, self.images)
