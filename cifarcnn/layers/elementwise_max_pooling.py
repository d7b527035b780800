"""Max pooling with a fast gradient for JAX on a CPU, where XLA's is slow."""

from functools import reduce
from typing import Any

import keras

_MOST_VALUES = 9
"""The largest window, in values, that is compared value by value."""


class ElementwiseMaxPooling2D(keras.layers.MaxPooling2D):  # type: ignore[misc]
    """Keras' layer; on JAX and a CPU it compares the values of small windows one by one.

    XLA has a gradient of max pooling that looks for each window's largest value anew, by scalar
    code on one thread: it takes many times as long as that of comparisons of whole maps. The
    results are the same, and so is the gradient: of equal values the first one gets it. Elsewhere
    (TensorFlow, GPUs, padded or large windows) it computes as Keras does.
    """

    def call(self, inputs: Any) -> Any:
        """Pool maps of shape (N, height, width, channels)."""
        if not self._compares():
            return super().call(inputs)
        _, height, width, _ = inputs.shape
        rows = self._places(height, 0)
        columns = self._places(width, 1)
        return reduce(_larger, [inputs[:, row, column] for row in rows for column in columns])

    def _compares(self) -> bool:
        if keras.backend.backend() != "jax" or self.padding != "valid":
            return False

        import jax

        values = self.pool_size[0] * self.pool_size[1]
        return values <= _MOST_VALUES and jax.default_backend() == "cpu"

    def _places(self, length: int, axis: int) -> list[slice]:
        """For each place within a window, where it lies in the maps, along one axis."""
        size, stride = self.pool_size[axis], self.strides[axis]
        reach = (length - size) // stride * stride + 1
        return [slice(place, place + reach, stride) for place in range(size)]


def _larger(first: Any, second: Any) -> Any:
    """The larger of two values, the first of equal ones, and NaN if there is any."""
    return keras.ops.where((second > first) | keras.ops.isnan(second), second, first)
