"""Poolings, over windows and over whole maps."""

from typing import Any

from pydantic import Field

from cifarcnn.entries.layers.arguments import Padding, Pair, require_map, window_output
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.shapes import Shape


class _Pooling2D(Layer):
    pool_size: Pair = Field((2, 2), description="height and width of the window")
    strides: Pair | None = Field(None, description="step between windows; default: pool_size")
    padding: Padding = Field("valid", description="valid: drop incomplete windows; same: keep them")

    def output_shape(self, shape: Shape) -> Shape:
        """`(height, width, channels)`, the channels unchanged."""
        strides = self.strides or self.pool_size
        return (*window_output(shape, self.pool_size, strides, self.padding), shape[2])


@LAYERS.register("max_pooling2d")
class MaxPooling2D(_Pooling2D):
    """The largest value of each window."""

    def build_optimized(self, **more: Any) -> Any:
        """Build a Keras layer that is faster to train on JAX."""
        from cifarcnn.entries.layers.elementwise_max_pooling import ElementwiseMaxPooling2D

        return ElementwiseMaxPooling2D(**self.arguments(), **more)


@LAYERS.register("average_pooling2d")
class AveragePooling2D(_Pooling2D):
    """The mean of each window."""


class _GlobalPooling2D(Layer):
    keepdims: bool = Field(False, description="keep the output as a map of 1x1")

    def output_shape(self, shape: Shape) -> Shape:
        """`(channels,)`, or `(1, 1, channels)` with `keepdims`."""
        _, _, channels = require_map(shape)
        return (1, 1, channels) if self.keepdims else (channels,)


@LAYERS.register("global_average_pooling2d")
class GlobalAveragePooling2D(_GlobalPooling2D):
    """The mean of each channel over the whole map."""


@LAYERS.register("global_max_pooling2d")
class GlobalMaxPooling2D(_GlobalPooling2D):
    """The largest value of each channel over the whole map."""
