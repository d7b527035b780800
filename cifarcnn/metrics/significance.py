"""Whether two results differ by more than chance: McNemar's test and Welch's t test."""

import math
from dataclasses import dataclass
from typing import Literal

from cifarcnn.metrics.spread import Spread
from cifarcnn.metrics.student_t import two_sided_tail

MOST_EXACT = 1000
"""Discordant pairs up to which McNemar's test is exact."""


@dataclass(frozen=True)
class McNemar:
    """McNemar's test of two classifiers on the same images."""

    only_first: int
    """Images that the first alone gets right."""
    only_second: int
    method: Literal["exact binomial", "chi-squared with continuity correction"]
    p_value: float
    """How probable a difference of at least this size is, were both equally good."""


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Test whether two classifiers that disagree on these images are equally often right.

    Up to 1,000 discordant images exactly: the smaller count is of a binomial distribution with
    p = 1/2, two-sided. Beyond, (|b - c| - 1)^2 / (b + c) is chi-squared with one degree of freedom
    (McNemar, Psychometrika 12 (1947); the correction is Edwards', Psychometrika 13 (1948)).
    """
    discordant = only_first + only_second
    fewer = min(only_first, only_second)
    if discordant <= MOST_EXACT:
        ways = sum(math.comb(discordant, k) for k in range(fewer + 1))
        p_value = min(1.0, 2 * ways / 2**discordant)
        return McNemar(only_first, only_second, "exact binomial", p_value)
    statistic = max(0, abs(only_first - only_second) - 1) ** 2 / discordant
    p_value = math.erfc(math.sqrt(statistic / 2))
    return McNemar(only_first, only_second, "chi-squared with continuity correction", p_value)


@dataclass(frozen=True)
class Welch:
    """Welch's t test of two means; the variances may differ."""

    t: float
    freedom: float
    p_value: float
    """How probable a difference of at least this size is, were both means equal."""


def welch(one: Spread, other: Spread) -> Welch | None:
    """Test whether two samples have the same mean; None if the test is not defined.

    It needs two values in each sample and some variance in one of them. Welch, Biometrika 34
    (1947); the degrees of freedom are Satterthwaite's, Biometrics Bulletin 2 (1946).
    """
    if one.deviation is None or other.deviation is None:
        return None
    a, b = one.deviation**2 / one.count, other.deviation**2 / other.count
    if a + b == 0:
        return None
    t = (one.mean - other.mean) / math.sqrt(a + b)
    share = a / (a + b)  # of the variance; squares of tiny variances would vanish
    freedom = 1 / (share**2 / (one.count - 1) + (1 - share) ** 2 / (other.count - 1))
    return Welch(t, freedom, two_sided_tail(t, freedom))
