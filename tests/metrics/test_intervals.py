"""The Wilson interval is SciPy's."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binomtest

from cifarcnn.metrics.intervals import wilson_interval

COUNTS = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts=COUNTS, confidence=st.floats(0.5, 0.9999))
@example(counts=(7_800, 10_000), confidence=0.95)
@example(counts=(0, 1), confidence=0.95)
@example(counts=(10, 10), confidence=0.95)
def test_it_equals_scipys(counts: tuple[int, int], confidence: float) -> None:
    correct, images = counts
    wanted = binomtest(correct, images).proportion_ci(confidence, method="wilson")
    assert wilson_interval(correct, images, confidence) == pytest.approx(tuple(wanted), abs=1e-9)


@given(counts=COUNTS)
def test_it_holds_the_accuracy_and_stays_between_0_and_1(counts: tuple[int, int]) -> None:
    correct, images = counts
    low, high = wilson_interval(correct, images)
    assert 0 <= low <= correct / images <= high <= 1


def test_at_78_percent_of_the_test_set_it_is_0_8_points_to_each_side() -> None:
    low, high = wilson_interval(7_800, 10_000)
    assert (low, high) == pytest.approx((0.7718, 0.7880), abs=5e-5)


def test_no_images_tell_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("correct", "images", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0)]
)
def test_what_cannot_be_is_refused(correct: int, images: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        wilson_interval(correct, images, confidence)
