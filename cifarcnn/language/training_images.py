"""What augmentations work on: the images of one epoch, and the random numbers for them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cifarcnn.processes.machine import processors
from cifarcnn.random_streams import Purpose, stream

_CHUNK = 1000
"""Images that are worked on at once, to bound the memory that copies take."""


def in_chunks(count: int, work: Callable[[slice], None]) -> None:
    """Let each part of so many images be worked on, in threads: NumPy copies several at once."""
    parts = [slice(start, start + _CHUNK) for start in range(0, count, _CHUNK)]
    with ThreadPoolExecutor(processors()) as threads:
        list(threads.map(work, parts))  # raises what `work` raises


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
