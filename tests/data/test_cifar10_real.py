"""The real CIFAR-10, where the machine has it: set CIFARCNN_DATA_DIR to run these tests."""

import os
from pathlib import Path

import numpy as np
import pytest

from cifarcnn.data.load import load_dataset

PLACE = os.environ.get("CIFARCNN_DATA_DIR")

pytestmark = pytest.mark.skipif(not PLACE, reason="CIFARCNN_DATA_DIR is not set")


def test_the_published_data_are_read() -> None:
    dataset = load_dataset("cifar10", Path(PLACE or ""))

    assert dataset.classes == (
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    )
    assert dataset.train.images.shape == (50_000, 32, 32, 3)
    assert dataset.test.images.shape == (10_000, 32, 32, 3)
    assert np.bincount(dataset.train.labels).tolist() == [5_000] * 10
    assert np.bincount(dataset.test.labels).tolist() == [1_000] * 10
    assert dataset.train.labels[:5].tolist() == [6, 9, 9, 4, 1]
    assert dataset.test.labels[:5].tolist() == [3, 8, 8, 0, 6]
    # The means that every recipe for CIFAR-10 quotes.
    means = dataset.train.images.reshape(-1, 3).mean(axis=0) / 255
    np.testing.assert_allclose(means, [0.4914, 0.4822, 0.4465], atol=1e-4)
