"""Shapes of tensors, and how many numbers a layer holds."""

from typing import NamedTuple

Shape = tuple[int, ...]
"""The shape of one image's tensor, without the batch: `(height, width, channels)` or `(units,)`."""


class ShapeError(ValueError):
    """A layer cannot take the tensor that it is given; the message says what it expects."""


class Parameters(NamedTuple):
    """How many numbers a layer holds.

    >>> Parameters(trainable=64, non_trainable=64).total
    128
    """

    trainable: int = 0
    non_trainable: int = 0

    @property
    def total(self) -> int:
        """Both kinds together."""
        return self.trainable + self.non_trainable
