"""How arrays reach Keras' `fit` and `predict`."""

from collections.abc import Callable
from typing import Any

import keras
from numpy.typing import NDArray

Rows = Callable[[slice], tuple[NDArray[Any], ...]]
"""Gives the images of a batch, and what belongs to them, as copies of its own."""


def fed(batch_size: int, images: NDArray[Any]) -> dict[str, Any]:
    """The arguments of `predict` that give it images batch by batch, in their order."""
    if keras.backend.backend() == "tensorflow":
        from cifarcnn.runtime.tensorflow_backend import batches

        return {"x": batches(images, batch_size)}
    return {"x": images, "batch_size": batch_size}


class EpochFeed:
    """Gives TensorFlow's `fit` the rows of one epoch after another, batch by batch.

    With `ahead` the next batch is made while the network trains on one, which is of use to a GPU; a
    CPU would be taken from the training. It holds one data set for all epochs, since TensorFlow
    keeps what each was made of.
    """

    def __init__(self, batch_size: int, steps: int, *, ahead: bool = False) -> None:
        self._batch_size = batch_size
        self._steps = steps
        self._ahead = ahead
        self._rows: Rows | None = None
        self._dataset: Any = None

    def arguments(self, rows: Rows) -> dict[str, Any]:
        """The arguments of `fit` for one epoch; `rows` are kept until they are cleared."""
        self._rows = rows
        if self._dataset is None:
            from cifarcnn.runtime.tensorflow_backend import batches_of

            self._dataset = batches_of(self._batch, self._steps, rows(slice(0)), self._ahead)
        return {"x": self._dataset}

    def clear(self) -> None:
        """Forget the rows."""
        self._rows = None

    def _batch(self, step: int) -> tuple[NDArray[Any], ...]:
        assert self._rows, "a batch is asked for outside an epoch"
        first = int(step) * self._batch_size
        return self._rows(slice(first, first + self._batch_size))
