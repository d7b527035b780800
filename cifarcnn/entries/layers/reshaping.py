"""Layers that only move values."""

import math

from pydantic import Field

from cifarcnn.entries.layers.arguments import Frame, require_map
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.shapes import Shape, ShapeError


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


@LAYERS.register("cropping2d")
class Cropping2D(Layer):
    """The map without a frame."""

    cropping: Frame = Field(
        ((0, 0), (0, 0)),
        description="rows and columns to leave out: [[top, bottom], [left, right]]",
    )

    def output_shape(self, shape: Shape) -> Shape:
        """The map, smaller by the frame."""
        height, width, channels = require_map(shape)
        rows, columns = height - sum(self.cropping[0]), width - sum(self.cropping[1])
        if rows < 1 or columns < 1:
            raise ShapeError(f"nothing is left of the {height}x{width} map that reaches it")
        return rows, columns, channels
