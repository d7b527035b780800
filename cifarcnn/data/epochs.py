"""What the network sees in one epoch: the training images in their order, changed at random."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cifarcnn.data.dataset import Split
from cifarcnn.data.random_streams import Purpose, batch_order, stream
from cifarcnn.runtime.environment import processors
from cifarcnn.spec.kinds import Augmentation

_CHUNK = 1000
"""Images that are worked on at once, to bound the memory that copies take."""


def in_chunks(count: int, work: Callable[[slice], None]) -> None:
    """Let each part of so many images be worked on, in threads: NumPy copies several at once."""
    parts = [slice(start, start + _CHUNK) for start in range(0, count, _CHUNK)]
    with ThreadPoolExecutor(processors()) as threads:
        list(threads.map(work, parts))  # raises what `work` raises


Rows = Callable[[slice], tuple[NDArray[np.uint8], NDArray[np.float32]]]
"""Gives the images of a part of an epoch, and the share of each class in them."""


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """The images of one epoch, in the order in which the network sees them.

    Attributes:
        images: Pixels from 0 to 255, `uint8` of shape (N, 32, 32, 3).
        labels: The share of each class in each image, `float32` of shape (N, classes).
        indexes: The place of each image in the training split, integers of shape (N,).
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.float32]
    indexes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indexes)


@dataclass(frozen=True)
class Drawing:
    """Random numbers for one augmentation in one epoch."""

    seed: int
    epoch: int
    number: int
    """The augmentation's place in the list."""

    def of_epoch(self) -> np.random.Generator:
        """A generator that differs from epoch to epoch."""
        return stream(self.seed, self.epoch, Purpose.AUGMENTATION, 2 * self.number)

    def of_run(self) -> np.random.Generator:
        """A generator that is the same in every epoch."""
        return stream(self.seed, 0, Purpose.AUGMENTATION, 2 * self.number + 1)


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
