"""Layers that are active in training only."""

from typing import Annotated

from pydantic import Field

from cifarcnn.entries.layers.arguments import require_map
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.shapes import Shape

Rate = Annotated[float, Field(ge=0, lt=1)]


@LAYERS.register("dropout")
class Dropout(Layer):
    """Sets a random share of the values to zero and scales the others up."""

    rate: Rate = Field(description="share of values dropped")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape


@LAYERS.register("spatial_dropout2d")
class SpatialDropout2D(Layer):
    """Sets a random share of the channels to zero and scales the others up."""

    rate: Rate = Field(description="share of channels dropped")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return require_map(shape)


@LAYERS.register("gaussian_noise")
class GaussianNoise(Layer):
    """Adds normal noise."""

    stddev: Annotated[float, Field(ge=0, le=1)] = Field(description="standard deviation")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape
