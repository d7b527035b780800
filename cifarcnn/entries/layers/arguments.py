"""The types of the layers' arguments, and the arithmetic that several layers share."""

from typing import Annotated, Any, Literal

from pydantic import Field

from cifarcnn.language.accepts import Accepts, NotAcceptedError
from cifarcnn.language.shapes import Shape, ShapeError

Count = Annotated[int, Field(gt=0, le=1_000_000)]
"""A number of filters, units or groups."""

Padding = Literal["valid", "same"]

ActivationName = Literal[
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
    "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus",
    "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink",
]  # fmt: skip
"""A function of `keras.activations` with its default arguments.

Not `glu`, which halves the channels, nor `threshold`, which has no defaults.
"""

_LARGEST_SIDE = 1024


def _pair(value: Any) -> tuple[int, int]:  # what stands in the YAML file
    sides = [value, value] if is_integer(value, 1, _LARGEST_SIDE) else value
    if (
        isinstance(sides, list | tuple)
        and len(sides) == 2
        and all(is_integer(side, 1, _LARGEST_SIDE) for side in sides)
    ):
        return sides[0], sides[1]
    raise NotAcceptedError


def is_integer(value: Any, least: int, most: int) -> bool:
    """Whether a YAML value is an integer (and no boolean) within bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


_SIDE = {"type": "integer", "minimum": 1, "maximum": _LARGEST_SIDE}
_SIDES = {"type": "array", "items": _SIDE, "minItems": 2, "maxItems": 2}

Pair = Annotated[
    tuple[int, int],
    Accepts(
        _pair,
        f"an integer from 1 to {_LARGEST_SIDE}, or a list of two: [height, width]",
        {"anyOf": [_SIDE, _SIDES]},
    ),
]
"""Height and width of a window or a step; one integer stands for both."""


Margins = tuple[tuple[int, int], tuple[int, int]]


def _margins(value: Any) -> Margins:  # what stands in the YAML file
    rows = [value, value] if is_integer(value, 0, _LARGEST_SIDE) else value
    if isinstance(rows, list | tuple) and len(rows) == 2:
        pairs = [(row, row) if is_integer(row, 0, _LARGEST_SIDE) else row for row in rows]
        if all(
            isinstance(pair, list | tuple)
            and len(pair) == 2
            and all(is_integer(margin, 0, _LARGEST_SIDE) for margin in pair)
            for pair in pairs
        ):
            (top, bottom), (left, right) = pairs
            return (top, bottom), (left, right)
    raise NotAcceptedError


_MARGIN = {"type": "integer", "minimum": 0, "maximum": _LARGEST_SIDE}
_ROW = {"anyOf": [_MARGIN, {"type": "array", "items": _MARGIN, "minItems": 2, "maxItems": 2}]}
_ROWS = {"type": "array", "items": _ROW, "minItems": 2, "maxItems": 2}

Frame = Annotated[
    Margins,
    Accepts(
        _margins,
        "an integer, [vertical, horizontal] or [[top, bottom], [left, right]]",
        {"anyOf": [_MARGIN, _ROWS]},
    ),
]
"""Rows above and below a map and columns left and right of it; one integer stands for all."""


def require_map(shape: Shape) -> tuple[int, int, int]:
    """The height, width and channels of a spatial tensor.

        >>> require_map((28, 28, 32))
        (28, 28, 32)

    Raises:
        ShapeError: `shape` is flat.
    """
    if len(shape) != 3:
        raise ShapeError(
            f"expects a map (height, width, channels), but receives a flat tensor of {shape[0]} "
            "values: spatial layers stand before flatten or a global pooling"
        )
    return shape[0], shape[1], shape[2]


def window_output(
    shape: Shape, window: tuple[int, int], strides: tuple[int, int], padding: Padding
) -> tuple[int, int]:
    """Height and width after sliding a window over a map, as Keras computes them.

        >>> window_output((32, 32, 3), window=(5, 5), strides=(1, 1), padding="valid")
        (28, 28)
        >>> window_output((32, 32, 3), window=(5, 5), strides=(2, 2), padding="same")
        (16, 16)

    Raises:
        ShapeError: the window is larger than the map (with "valid" padding), or `shape` is flat.
    """
    height, width, _ = require_map(shape)
    if padding == "same":
        return -(-height // strides[0]), -(-width // strides[1])
    if height < window[0] or width < window[1]:
        raise ShapeError(
            f"its {window[0]}x{window[1]} window does not fit into the {height}x{width} map that "
            "reaches it: use a smaller window, less pooling before it, or padding: same"
        )
    return (height - window[0]) // strides[0] + 1, (width - window[1]) // strides[1] + 1
