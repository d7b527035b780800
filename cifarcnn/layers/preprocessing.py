"""Layers that prepare pixels."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator

from cifarcnn.spec.kinds import LAYERS, Layer, Shape, ShapeError
from cifarcnn.spec.registry import expected

Numbers = float | tuple[float, ...]


def _numbers(value: Any) -> Numbers:  # what stands in the YAML file
    if _is_number(value):
        return float(value)
    if isinstance(value, list | tuple) and value and all(map(_is_number, value)):
        return tuple(float(number) for number in value)
    raise expected("a number, or a list of one number per channel")


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= 1e30  # also refuses infinities and NaN
    )


@LAYERS.register("rescaling")
class Rescaling(Layer):
    """Multiplies by `scale` and adds `offset`."""

    scale: Annotated[Numbers, PlainValidator(_numbers)] = Field(
        description="factor: one, or one per channel"
    )
    offset: Annotated[Numbers, PlainValidator(_numbers)] = Field(
        0.0, description="added after scaling: one, or one per channel"
    )

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        for name, value in (("scale", self.scale), ("offset", self.offset)):
            if isinstance(value, tuple) and len(value) not in (1, shape[-1]):
                raise ShapeError(f"its {name} has {len(value)} numbers for {shape[-1]} channels")
        return shape
