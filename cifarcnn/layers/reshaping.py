"""Layers that only move values."""

import math

from pydantic import Field

from cifarcnn.layers.arguments import Frame, require_map
from cifarcnn.spec.kinds import LAYERS, Layer, Shape


@LAYERS.register("flatten")
class Flatten(Layer):
    """All values of the map in one row."""

    def output_shape(self, shape: Shape) -> Shape:
        """`(height * width * channels,)`."""
        return (math.prod(shape),)


@LAYERS.register("zero_padding2d")
class ZeroPadding2D(Layer):
    """A frame of zeros around the map."""

    padding: Frame = Field(
        ((1, 1), (1, 1)), description="rows and columns to add: [[top, bottom], [left, right]]"
    )

    def output_shape(self, shape: Shape) -> Shape:
        """The map, larger by the frame."""
        height, width, channels = require_map(shape)
        return height + sum(self.padding[0]), width + sum(self.padding[1]), channels
