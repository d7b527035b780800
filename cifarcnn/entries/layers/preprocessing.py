"""Layers that prepare pixels."""

from typing import Annotated, Any

from pydantic import Field

from cifarcnn.language.accepts import Accepts, NotAcceptedError
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.shapes import Shape, ShapeError

Numbers = float | tuple[float, ...]


def _numbers(value: Any) -> Numbers:  # what stands in the YAML file
    if _is_number(value):
        return float(value)
    if isinstance(value, list | tuple) and value and all(map(_is_number, value)):
        return tuple(float(number) for number in value)
    raise NotAcceptedError


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= 1e30  # also refuses infinities and NaN
    )


_NUMBER = {"type": "number", "minimum": -1e30, "maximum": 1e30}
_PER_CHANNEL = {"type": "array", "items": _NUMBER, "minItems": 1}

ChannelNumbers = Annotated[
    Numbers,
    Accepts(
        _numbers,
        "a number, or a list of one number per channel",
        {"anyOf": [_NUMBER, _PER_CHANNEL]},
    ),
]


@LAYERS.register("rescaling")
class Rescaling(Layer):
    """Multiplies by `scale` and adds `offset`: pixels, or as the last layer the logits."""

    scale: ChannelNumbers = Field(description="factor: one, or one per channel")
    offset: ChannelNumbers = Field(0.0, description="added after scaling: one, or one per channel")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        for name, value in (("scale", self.scale), ("offset", self.offset)):
            if isinstance(value, tuple) and len(value) not in (1, shape[-1]):
                raise ShapeError(f"its {name} has {len(value)} numbers for {shape[-1]} channels")
        return shape
