"""What the network sees in one epoch: the training images in their order, changed at random."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cifarcnn.data.dataset import Split
from cifarcnn.language.entry_types import Augmentation
from cifarcnn.language.training_images import Drawing, TrainingImages
from cifarcnn.random_streams import batch_order

Rows = Callable[[slice], tuple[NDArray[np.uint8], NDArray[np.float32]]]
"""Gives the images of a part of an epoch, and the share of each class in them."""


def rows_of_epoch(
    split: Split, classes: int, augment: Sequence[Augmentation], seed: int, epoch: int
) -> Rows:
    """What gives the images and labels of a part of `images_of_epoch`, as copies of its own.

    Where nothing augments, images are copied when they are asked for, and not the whole epoch.
    """
    if augment:
        data = images_of_epoch(split, classes, augment, seed, epoch)
        return lambda part: (data.images[part].copy(), data.labels[part].copy())
    return _rows_in(batch_order(len(split), seed, epoch), split, classes)


def images_of_epoch(
    split: Split, classes: int, augment: Sequence[Augmentation], seed: int, epoch: int
) -> TrainingImages:
    """The training images of an epoch (from 0): a function of the seed and the epoch alone."""
    order = batch_order(len(split), seed, epoch)
    images = TrainingImages(*_rows_in(order, split, classes)(slice(None)), order)
    for number, augmentation in enumerate(augment):
        images = augmentation.apply(images, Drawing(seed, epoch, number))
    return images


def _rows_in(order: NDArray[np.int64], split: Split, classes: int) -> Rows:
    one_hot = np.eye(classes, dtype=np.float32)
    return lambda part: (split.images[order[part]], one_hot[split.labels[order[part]]])
