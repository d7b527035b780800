"""Every registered augmentation: what it keeps, whatever it changes."""

import numpy as np
import pytest

from cifarcnn.language.entry_types import AUGMENTATIONS
from cifarcnn.language.training_images import Drawing, TrainingImages
from tests.entries.contract import read_and_check, require_rows

ROWS = [
    "flip",
    "flip: {rate: 0.2}",
    "alternating_flip",
    "pad_and_crop",
    "pad_and_crop: {padding: 2, fill_mode: constant}",
    "cutout",
    "cutout: {size: 5}",
    "mixup",
    "mixup: {alpha: 1}",
]


def test_every_augmentation_has_a_row() -> None:
    require_rows(AUGMENTATIONS, ROWS)


@pytest.mark.parametrize("item", ROWS)
def test_an_augmentation_keeps_its_contract(item: str) -> None:
    augmentation = read_and_check(AUGMENTATIONS, item)
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    labels = np.eye(10, dtype=np.float32)[random.integers(0, 10, 40)]
    given = TrainingImages(pixels.copy(), labels.copy(), np.arange(40))
    changed = augmentation.apply(given, Drawing(3, 0, 0))
    assert (changed.images.shape, changed.images.dtype) == (pixels.shape, pixels.dtype)
    assert (changed.labels.shape, changed.labels.dtype) == (labels.shape, labels.dtype)
    assert np.allclose(changed.labels.sum(1), 1)
    assert np.array_equal(changed.indexes, np.arange(40))
    assert not np.array_equal(changed.images, pixels)
