"""Layers that are active in training only."""

from typing import Annotated

from pydantic import Field

from cifarcnn.spec.kinds import LAYERS, Layer, Shape


@LAYERS.register("dropout")
class Dropout(Layer):
    """Sets a random share of the values to zero and scales the others up."""

    rate: Annotated[float, Field(ge=0, lt=1)] = Field(description="share of values dropped")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape
