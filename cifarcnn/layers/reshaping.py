"""Layers that only move values."""

import math
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from cifarcnn.layers.arguments import is_integer, require_map
from cifarcnn.spec.kinds import LAYERS, Layer, Shape
from cifarcnn.spec.registry import expected

_WIDEST = 1024


@LAYERS.register("flatten")
class Flatten(Layer):
    """All values of the map in one row."""

    def output_shape(self, shape: Shape) -> Shape:
        """`(height * width * channels,)`."""
        return (math.prod(shape),)


def _margins(value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    rows = [value, value] if is_integer(value, 0, _WIDEST) else value
    if isinstance(rows, list | tuple) and len(rows) == 2:
        pairs = [(row, row) if is_integer(row, 0, _WIDEST) else row for row in rows]
        if all(
            isinstance(pair, list | tuple)
            and len(pair) == 2
            and all(is_integer(margin, 0, _WIDEST) for margin in pair)
            for pair in pairs
        ):
            (top, bottom), (left, right) = pairs
            return (top, bottom), (left, right)
    raise expected("an integer, [vertical, horizontal] or [[top, bottom], [left, right]]")


@LAYERS.register("zero_padding2d")
class ZeroPadding2D(Layer):
    """A frame of zeros around the map."""

    padding: Annotated[tuple[tuple[int, int], tuple[int, int]], PlainValidator(_margins)] = Field(
        ((1, 1), (1, 1)), description="rows and columns to add: [[top, bottom], [left, right]]"
    )

    def output_shape(self, shape: Shape) -> Shape:
        """The map, larger by the frame."""
        height, width, channels = require_map(shape)
        return height + sum(self.padding[0]), width + sum(self.padding[1]), channels
