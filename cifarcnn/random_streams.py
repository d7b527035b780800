"""Random numbers as pure functions of (seed, epoch, purpose), the same on every backend.

Philox is a counter-based generator: each purpose and epoch has a stream of its own, which depends
on nothing that was drawn before (https://doi.org/10.1145/2063384.2063405).
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Purpose(IntEnum):
    """What a stream is for; the numbers are part of what makes runs repeatable."""

    SPLIT = 1
    ORDER = 2
    AUGMENTATION = 3


def stream(seed: int, epoch: int, purpose: Purpose, number: int = 0) -> np.random.Generator:
    """The generator for one purpose in one epoch; `number` tells several of one purpose apart."""
    counter = [0, 0, number, purpose]
    return np.random.Generator(np.random.Philox(key=[seed, epoch], counter=counter))


def batch_order(images: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order of the training images in one epoch: a permutation of `range(images)`."""
    return stream(seed, epoch, Purpose.ORDER).permutation(images)
