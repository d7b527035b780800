"""How arrays reach Keras' `fit` and `predict`."""

from typing import Any

import keras
from numpy.typing import NDArray


def fed(batch_size: int, images: NDArray[Any]) -> dict[str, Any]:
    """The arguments of `predict` that give it images batch by batch, in their order."""
    if keras.backend.backend() == "tensorflow":
        from cifarcnn.runtime.tensorflow_backend import batches

        return {"x": batches(images, batch_size)}
    return {"x": images, "batch_size": batch_size}


class EpochFeed:
    """Gives `fit` the arrays of one epoch after another, batch by batch, in their order."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._arrays: tuple[NDArray[Any], ...] = ()
        self._dataset: Any = None
        self._length = 0

    def arguments(self, images: NDArray[Any], labels: NDArray[Any]) -> dict[str, Any]:
        """The arguments of `fit` for one epoch; the arrays are kept until the next is fed."""
        if keras.backend.backend() != "tensorflow":
            return {"x": images, "y": labels, "batch_size": self._batch_size}
        self._arrays = (images, labels)
        if len(images) != self._length:
            from cifarcnn.runtime.tensorflow_backend import batches_of

            self._length = len(images)
            steps = -(-len(images) // self._batch_size)
            self._dataset = batches_of(self._batch, steps, self._arrays)
        return {"x": self._dataset}

    def clear(self) -> None:
        """Forget the arrays."""
        self._arrays = ()

    def _batch(self, step: int) -> tuple[NDArray[Any], ...]:
        first = int(step) * self._batch_size
        # Copies, since TensorFlow would keep all of an array with the part that it was given last.
        return tuple(array[first : first + self._batch_size].copy() for array in self._arrays)
