"""The bins are scikit-learn's, and the error is their average gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from cifarcnn.metrics.calibration import BINS, calibration

ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200)


@given(rows=ROWS, bins=st.integers(1, 30))
def test_the_bins_are_scikit_learns(rows: list[tuple[float, bool]], bins: int) -> None:
    confidences = np.array([row[0] for row in rows])
    correct = np.array([row[1] for row in rows])
    got = calibration(confidences, correct, bins)
    accuracy, confidence = calibration_curve(correct, confidences, n_bins=bins, pos_label=True)
    filled = [row for row in got.bins if row.images]
    assert [row.accuracy for row in filled] == pytest.approx(accuracy.tolist())
    assert [row.confidence for row in filled] == pytest.approx(confidence.tolist())
    assert len(got.bins) == bins and sum(row.images for row in got.bins) == len(rows)
    assert 0 <= got.error <= 1 + 1e-12


def test_the_error_is_the_gap_averaged_over_images() -> None:
    confidences = np.array([0.95, 0.97, 0.99, 0.50])
    correct = np.array([True, False, False, True])
    got = calibration(confidences, correct)
    assert len(got.bins) == BINS == 15
    assert got.error == pytest.approx(3 / 4 * abs(1 / 3 - 0.97) + 1 / 4 * abs(1 - 0.50))
    assert got.confidence == pytest.approx(0.8525)


def test_a_network_that_is_right_as_often_as_it_is_sure_has_no_error() -> None:
    confidences = np.array([0.75] * 4 + [0.5] * 2)
    correct = np.array([True, True, True, False, True, False])
    assert calibration(confidences, correct).error == pytest.approx(0)


def test_a_confidence_on_an_edge_belongs_to_the_lower_bin() -> None:
    got = calibration(np.array([0.0, 0.5, 1.0]), np.array([True] * 3), bins=2)
    assert [row.images for row in got.bins] == [2, 1]
