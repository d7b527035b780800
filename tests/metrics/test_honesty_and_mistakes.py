"""What is left out of CIFAR-10's test images, and the most confident mistakes."""

from dataclasses import replace

import numpy as np
import pytest

from cifarcnn.metrics.figures import judge
from cifarcnn.metrics.honesty import honesty_checks
from cifarcnn.metrics.intervals import wilson_interval
from cifarcnn.metrics.mistakes import most_confident_mistakes


def test_each_check_leaves_out_its_images_alone() -> None:
    correct = np.zeros(10_000, np.bool_)
    none = {check.without: check for check in honesty_checks("cifar10", "test", correct)}
    assert list(none) == ["near_duplicates", "doubtful_labels"]
    assert {check.left_out for check in none.values()} == {286, 54}
    assert none["near_duplicates"].accuracy.images == 9_714
    assert "ciFAIR" in none["near_duplicates"].source
    assert "Northcutt" in none["doubtful_labels"].source
    correct[6611] = True  # the first near-duplicate of the list that ciFAIR publishes
    correct[165] = True  # a doubtful label, and not a near-duplicate
    correct[0] = True
    some = {check.without: check for check in honesty_checks("cifar10", "test", correct)}
    assert some["near_duplicates"].accuracy.correct == 2
    assert some["doubtful_labels"].accuracy.correct == 2
    assert some["doubtful_labels"].accuracy.interval == wilson_interval(2, 9_946)


@pytest.mark.parametrize(
    ("dataset", "split", "images"),
    [("demo", "test", 10_000), ("cifar10", "validation", 10_000), ("cifar10", "test", 12)],
)
def test_other_images_have_no_checks(dataset: str, split: str, images: int) -> None:
    assert honesty_checks(dataset, split, np.ones(images, np.bool_)) == ()


def test_the_most_confident_mistakes_come_first() -> None:
    labels = np.array([0, 1, 2, 0, 1, 2], np.uint8)
    images = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 32, 32, 3), np.uint8)
    predicted = np.array([0, 2, 0, 1, 1, 1])
    confidences = np.array([0.99, 0.5, 0.9, 0.7, 0.8, 0.9])
    probabilities = np.repeat((1 - confidences[:, None]) / 2, 3, axis=1)
    probabilities[np.arange(6), predicted] = confidences
    outputs = np.log(probabilities).astype(np.float32)
    figures = judge(outputs, labels, "abc", kind="logits", dataset="demo", split="test")
    figures = replace(figures, probabilities=probabilities)  # without rounding
    found = most_confident_mistakes(images, figures, 3)
    assert [(m.index, m.true, m.predicted, m.confidence) for m in found] == [
        (2, "c", "a", 0.9),
        (5, "c", "b", 0.9),
        (3, "a", "b", 0.7),
    ]
    assert [m.image[0, 0, 0] for m in found] == [2, 5, 3]
    assert len(most_confident_mistakes(images, figures, 99)) == 4
