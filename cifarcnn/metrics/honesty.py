"""What the accuracy on CIFAR-10's test set is without images that flatter or wrong a network.

Which images these are stands in `cifar10_test_images.json`, with the sources.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.metrics.intervals import Accuracy


@dataclass(frozen=True)
class HonestyCheck:
    """The accuracy without some of the test images."""

    without: str
    """What is left out, such as `near_duplicates`."""
    accuracy: Accuracy
    left_out: int
    """How many images that are."""
    reason: str
    source: str


def honesty_checks(
    dataset: str, split: str, correct: NDArray[np.bool_]
) -> tuple[HonestyCheck, ...]:
    """The checks that are known for a split: two for the test images of CIFAR-10, else none.

    Without the images that have a near-duplicate in the training set the accuracy is that on images
    not seen before; it is lower if the network has memorized. Without the doubtful labels it is
    mostly a little higher. Both lists are about the test set alone.

    Args:
        dataset: The name of the data set.
        split: `train`, `validation` or `test`.
        correct: Whether each image is recognized, of shape (N,), in the order of the split.
    """
    lists = _lists()
    if (dataset, split, len(correct)) != ("cifar10", "test", lists["images"]):
        return ()
    return tuple(_check(name, lists[name], correct) for name in _NAMES)


_NAMES = ("near_duplicates", "doubtful_labels")


def _check(name: str, listed: dict[str, Any], correct: NDArray[np.bool_]) -> HonestyCheck:
    kept = np.delete(correct, listed["indexes"])
    accuracy = Accuracy(int(kept.sum()), len(kept))
    left_out = len(correct) - len(kept)
    return HonestyCheck(name, accuracy, left_out, listed["reason"], listed["source"])


@cache
def _lists() -> dict[str, Any]:
    file = resources.files("cifarcnn.metrics") / "cifar10_test_images.json"
    lists: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return lists
