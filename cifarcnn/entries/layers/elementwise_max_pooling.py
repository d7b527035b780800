"""Max pooling with a fast gradient for JAX, where XLA's is slow."""

from functools import reduce
from typing import Any

import keras

_MOST_VALUES = 9
"""The largest window, in values, that is compared value by value."""


class ElementwiseMaxPooling2D(keras.layers.MaxPooling2D):  # type: ignore[misc]
    """Keras' layer; on JAX it compares the values of small windows one by one.

    XLA's gradient of max pooling looks for each window's largest value anew: on a CPU by scalar
    code on one thread, which takes many times as long as comparing whole maps; on a GPU by a
    scatter, which is not deterministic. The results are the same, and so is the gradient: of equal
    values the first one gets it. Elsewhere (TensorFlow, padded or large windows) it computes as
    Keras does.
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
        values: int = self.pool_size[0] * self.pool_size[1]
        unpadded: bool = self.padding == "valid"
        return keras.backend.backend() == "jax" and unpadded and values <= _MOST_VALUES

    def _places(self, length: int, axis: int) -> list[slice]:
        """For each place within a window, where it lies in the maps, along one axis."""
        size, stride = self.pool_size[axis], self.strides[axis]
        reach = (length - size) // stride * stride + 1
        return [slice(place, place + reach, stride) for place in range(size)]


def _larger(first: Any, second: Any) -> Any:
    """The larger of two values, the first of equal ones, and NaN if there is any."""
    return keras.ops.where((second > first) | keras.ops.isnan(second), second, first)
