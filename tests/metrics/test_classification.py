"""The figures are scikit-learn's on the same predictions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from cifarcnn.metrics.classification import class_figures, confusion_matrix, correct_in_top
from cifarcnn.metrics.probabilities import softmax
from cifarcnn.metrics.scores import score

CLASSES = 10
NAMES = [f"class {label}" for label in range(CLASSES)]


@st.composite
def predictions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Logits of any scale, float32 of shape (N, 10), and labels, some of which may be missing."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    images = draw(st.integers(1, 200))
    scale = draw(st.sampled_from([1e-3, 1.0, 30.0]))
    kinds = draw(st.integers(1, CLASSES))
    logits = random.normal(scale=scale, size=(images, CLASSES)).astype(np.float32)
    return logits, random.integers(0, kinds, images).astype(np.uint8)


@given(predictions())
def test_confusion_precision_recall_and_f1(given: tuple[np.ndarray, np.ndarray]) -> None:
    logits, labels = given
    predicted = logits.argmax(axis=1)
    confusion = confusion_matrix(labels, predicted, CLASSES)
    wanted = metrics.confusion_matrix(labels, predicted, labels=range(CLASSES))
    assert confusion.tolist() == wanted.tolist()
    rows = class_figures(confusion, NAMES)
    columns = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(CLASSES), zero_division=0
    )
    got = [[r.precision for r in rows], [r.recall for r in rows], [r.f1 for r in rows]]
    np.testing.assert_allclose(got, columns[:3], atol=1e-12)
    assert [row.images for row in rows] == columns[3].tolist()
    assert [row.name for row in rows] == NAMES


@given(predictions(), st.integers(1, CLASSES))
def test_top_k(given: tuple[np.ndarray, np.ndarray], k: int) -> None:
    logits, labels = given
    if k < CLASSES:  # of all classes each is one, which scikit-learn warns of
        wanted = metrics.top_k_accuracy_score(
            labels, logits, k=k, labels=range(CLASSES), normalize=False
        )
        assert correct_in_top(k, logits, labels) == wanted
    assert correct_in_top(CLASSES, logits, labels) == len(labels)


def test_equal_outputs_count_in_the_order_of_argmax() -> None:
    outputs = np.array([[1.0, 2.0, 2.0, 2.0]] * 4, np.float32)
    labels = np.arange(4)
    assert outputs.argmax(axis=1).tolist() == [1] * 4
    assert [correct_in_top(k, outputs, labels) for k in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert correct_in_top(2, outputs[:1], np.array([3])) == 0


@given(predictions())
def test_loss_and_probabilities(given: tuple[np.ndarray, np.ndarray]) -> None:
    logits, labels = given
    shares = softmax(logits)
    assert shares.sum(axis=1) == pytest.approx(1)
    if logits.max() - logits.min() < 30:  # scikit-learn clips probabilities, logits need no clip
        wanted = metrics.log_loss(labels, shares, labels=range(CLASSES))
        assert score(logits, labels).loss == pytest.approx(wanted, rel=1e-12)
