"""Activations with arguments; those without are values of `activation`."""

import math
from typing import Annotated, Any

from pydantic import Field

from cifarcnn.entries.initializers.arguments import VectorInitializer
from cifarcnn.entries.initializers.constant_initializers import Zeros
from cifarcnn.entries.layers.arguments import is_integer
from cifarcnn.entries.regularizers.arguments import IN_TRAINING, OptionalRegularizer
from cifarcnn.language.accepts import Accepts, NotAcceptedError
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.shapes import Parameters, Shape, ShapeError

Slope = Annotated[float, Field(ge=0)]


@LAYERS.register("relu")
class ReLU(Layer):
    """The value where it is positive, else 0; optionally with a ceiling, a slope or a threshold."""

    max_value: Annotated[float, Field(ge=0)] | None = Field(None, description="largest output")
    negative_slope: Slope = Field(0.0, description="factor below the threshold")
    threshold: Annotated[float, Field(ge=0)] = Field(0.0, description="smaller values count as 0")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape


@LAYERS.register("leaky_relu")
class LeakyReLU(Layer):
    """The value where it is positive, else a fixed share of it."""

    negative_slope: Slope = Field(0.3, description="factor of negative values")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape


def _axes(value: Any) -> tuple[int, ...] | None:  # what stands in the YAML file
    if value is None:
        return None
    axes = [value] if is_integer(value, 1, 3) else value
    if (
        isinstance(axes, list | tuple)
        and all(is_integer(axis, 1, 3) for axis in axes)
        and len(set(axes)) == len(axes) > 0
    ):
        return tuple(axes)
    raise NotAcceptedError


_AXIS = {"type": "integer", "minimum": 1, "maximum": 3}
_AXES = {"type": "array", "items": _AXIS, "minItems": 1, "maxItems": 3, "uniqueItems": True}

Axes = Annotated[
    tuple[int, ...] | None,
    Accepts(
        _axes,
        "a list of axes: 1 for height, 2 for width, 3 for channels",
        {"anyOf": [_AXIS, _AXES, {"type": "null"}]},
    ),
]


@LAYERS.register("prelu")
class PReLU(Layer):
    """The value where it is positive, else a trained share of it."""

    alpha_initializer: VectorInitializer = Field(
        default_factory=Zeros, description="first values of the share"
    )
    alpha_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the share, {IN_TRAINING}"
    )
    shared_axes: Axes = Field(
        None, description="axes with one share for all; [1, 2] gives one per channel of a map"
    )

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        if self.shared_axes and max(self.shared_axes) > len(shape):
            raise ShapeError(f"its shared_axes {list(self.shared_axes)} are not those of {shape}")
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        """One per value of the axes that are not shared."""
        shared = self.shared_axes or ()
        return Parameters(math.prod(n for axis, n in enumerate(shape, 1) if axis not in shared))
