"""Splits."""

import numpy as np
import pytest

from cifarcnn.data.dataset import Split


@pytest.fixture
def split() -> Split:
    images = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((32, 32, 3), np.uint8)
    return Split(images, np.array([5, 6, 7, 8], np.uint8))


def test_take_keeps_images_and_labels_together_in_the_order_asked(split: Split) -> None:
    taken = split.take([3, 0, 3])
    assert len(taken) == 3
    assert taken.labels.tolist() == [8, 5, 8]
    assert taken.images[:, 0, 0, 0].tolist() == [3, 0, 3]
    assert len(split.take([])) == 0


def test_take_refuses_an_index_outside(split: Split) -> None:
    with pytest.raises(IndexError):
        split.take(np.array([4]))
