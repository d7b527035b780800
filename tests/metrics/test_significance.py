"""The statistics equal SciPy's, and textbooks' where SciPy has no such function."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from cifarcnn.metrics.significance import MOST_EXACT, mcnemar, welch
from cifarcnn.metrics.spread import Spread, spread
from cifarcnn.metrics.student_t import critical_t, regularized_incomplete_beta, two_sided_tail

accuracies = st.lists(st.floats(0, 1), min_size=2, max_size=12)
freedoms = st.floats(0.5, 2000)
calm = settings(deadline=None, max_examples=100)


@calm
# Near 5e-324 SciPy is off by a hundredth: for a = 1/32, b = 2 the value is x^a (a + 1), rounded.
@given(st.floats(0.01, 2000), st.floats(0.01, 2000), st.floats(0, 1, allow_subnormal=False))
def test_the_incomplete_beta_function(a: float, b: float, x: float) -> None:
    assert regularized_incomplete_beta(a, b, x) == pytest.approx(
        special.betainc(a, b, x), rel=1e-9, abs=1e-15
    )


@pytest.mark.parametrize(("a", "b", "x"), [(0, 1, 0.5), (1, -1, 0.5), (1, 1, 1.5), (1, 1, -0.1)])
def test_the_incomplete_beta_function_is_not_defined_everywhere(
    a: float, b: float, x: float
) -> None:
    with pytest.raises(ValueError, match="expected a, b > 0"):
        regularized_incomplete_beta(a, b, x)


@calm
@given(st.floats(-100, 100), freedoms)
def test_the_tails_of_students_t(t: float, freedom: float) -> None:
    assert two_sided_tail(t, freedom) == pytest.approx(
        2 * stats.t.sf(abs(t), freedom), rel=1e-9, abs=1e-15
    )


@calm
@given(st.floats(0.001, 0.999), st.floats(1, 2000))
def test_the_quantiles_of_students_t(confidence: float, freedom: float) -> None:
    expected = stats.t.ppf((1 + confidence) / 2, freedom)
    assert critical_t(confidence, freedom) == pytest.approx(expected, rel=1e-9)


def test_quantiles_as_they_are_printed_in_tables() -> None:
    """NIST/SEMATECH e-Handbook, 1.3.6.7.2."""
    for freedom, value in [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (100, 1.984)]:
        assert round(critical_t(0.95, freedom), 3) == value


@calm
@given(st.integers(0, 1500), st.integers(0, 1500))
def test_mcnemar_equals_the_binomial_and_the_chi_squared_test(b: int, c: int) -> None:
    """What statsmodels' `mcnemar` computes with `exact=True` and, beyond, `correction=True`."""
    test = mcnemar(b, c)
    if b + c <= MOST_EXACT:
        expected = stats.binomtest(b, b + c).pvalue if b + c else 1.0
        assert test.method == "exact binomial"
    else:
        expected = stats.chi2.sf(max(0, abs(b - c) - 1) ** 2 / (b + c), 1)
        assert test.method == "chi-squared with continuity correction"
    assert test.p_value == pytest.approx(expected, rel=1e-9, abs=1e-300)
    assert mcnemar(c, b).p_value == test.p_value


def test_mcnemar_as_in_a_textbook() -> None:
    """Both methods agree where they meet; the counts of Agresti, Categorical Data Analysis, 10.1.1
    (approval ratings: 150 and 86 discordant) give his z^2 = 17.36, uncorrected, p < 0.001."""
    assert mcnemar(150, 86).p_value == pytest.approx(3.7e-5, rel=0.05)
    near = [mcnemar(530, 470).p_value, mcnemar(531, 470).p_value]
    assert near[0] == pytest.approx(near[1], rel=0.1)


@calm
@given(accuracies, accuracies)
def test_welch(one: list[float], other: list[float]) -> None:
    a, b = spread(one), spread(other)
    assert a.deviation is not None and b.deviation is not None
    assume(max(a.deviation, b.deviation) > 1e-6)
    assume(min(a.deviation, b.deviation) > 1e-14)  # less is rounding, of which SciPy warns
    expected = stats.ttest_ind(one, other, equal_var=False)
    test = welch(a, b)
    assert test is not None
    assert test.t == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert test.freedom == pytest.approx(expected.df, rel=1e-9)
    assert test.p_value == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-12)


@calm
@given(accuracies)
def test_mean_deviation_and_interval(values: list[float]) -> None:
    found = spread(values)
    assert found.mean == pytest.approx(sum(values) / len(values), rel=1e-12, abs=1e-300)
    deviation = np.std(values, ddof=1)
    assert found.deviation == pytest.approx(deviation, rel=1e-9, abs=1e-15)
    assume(deviation > 1e-9)
    low, high = stats.t.interval(0.95, len(values) - 1, found.mean, stats.sem(values))
    assert found.low == pytest.approx(low, rel=1e-9, abs=1e-12)
    assert found.high == pytest.approx(high, rel=1e-9, abs=1e-12)


def test_what_one_value_cannot_say() -> None:
    assert spread([0.5]) == Spread(1, 0.5, None, None, None)
    assert welch(spread([0.5]), spread([0.4, 0.6])) is None
    assert welch(spread([0.5, 0.5]), spread([0.5, 0.5])) is None
    with pytest.raises(ValueError, match="at least one"):
        spread([])
