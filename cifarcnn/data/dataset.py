"""What a data set is, wherever it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels, in a fixed order.

    Attributes:
        images: Pixels from 0 to 255, `uint8` of shape (N, 32, 32, 3), channels last.
        labels: Indexes into the classes of the data set, `uint8` of shape (N,).
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indexes: NDArray[np.integer[Any]] | Sequence[int]) -> "Split":
        """Copy the images at `indexes`, in that order.

        Raises:
            IndexError: An index lies outside the split.
        """
        chosen = np.asarray(indexes, dtype=np.intp)
        return Split(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training and a test split over the same classes.

    Attributes:
        name: The name that specs use, such as `cifar10`.
        title: The name for people.
        classes: What each label stands for.
        train: The images to learn from.
        test: The images to judge by.
        source: Where the data came from: a path, or `generated`.
        sha256: Checksum over the verified content, in hexadecimal.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    source: str
    sha256: str
