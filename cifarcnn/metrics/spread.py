"""Several measurements of one thing: their mean, their spread, and how sure the mean is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cifarcnn.metrics.student_t import critical_t

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Spread:
    """What can be said of n measurements; what needs two of them is None for one."""

    count: int
    mean: float
    deviation: float | None
    """The standard deviation of one measurement, with n - 1."""
    low: float | None
    """Of the 95 % interval of the mean."""
    high: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean."""
        return None if self.low is None or self.high is None else (self.low, self.high)


def spread(values: Sequence[float]) -> Spread:
    """Mean, standard deviation and the 95 % interval of the mean, `mean -+ t s / sqrt(n)`.

    t is Student's with n - 1 degrees of freedom: NIST/SEMATECH e-Handbook of Statistical Methods,
    1.3.5.2, https://www.itl.nist.gov/div898/handbook/eda/section3/eda352.htm

    Raises:
        ValueError: there are no values.
    """
    count = len(values)
    if not count:
        raise ValueError("expected at least one value")
    mean = math.fsum(values) / count
    if count == 1:
        return Spread(1, mean, None, None, None)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    half = critical_t(CONFIDENCE, count - 1) * deviation / math.sqrt(count)
    return Spread(count, mean, deviation, mean - half, mean + half)


def with_deviation(values: Spread) -> str:
    """A mean, and the standard deviation if there is one."""
    deviation = "" if values.deviation is None else f" ({values.deviation:.4f})"
    return f"{values.mean:.4f}{deviation}"
