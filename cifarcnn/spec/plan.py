"""The arithmetic of a whole network, from its layers: shapes, parameters, multiply-accumulates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cifarcnn.spec.kinds import Layer, Parameters, Shape, ShapeError

IMAGE_SHAPE: Shape = (32, 32, 3)
CLASSES = 10

MAX_PARAMETERS = 1_000_000_000
MAX_ACTIVATION = 1_000_000_000
"""Numbers in one layer's output for one image."""


@dataclass(frozen=True)
class PlannedLayer:
    """One layer in its place; `name` is its Keras name, such as `conv2d_1`."""

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameters: Parameters
    macs: int

    @property
    def mflop(self) -> float:
        """Million floating-point operations of one forward pass: 2 per multiply-accumulate."""
        return 2 * self.macs / 1e6


@dataclass(frozen=True)
class Plan:
    """A network on paper."""

    layers: tuple[PlannedLayer, ...]

    @property
    def parameters(self) -> Parameters:
        """Of all layers."""
        return Parameters(
            sum(row.parameters.trainable for row in self.layers),
            sum(row.parameters.non_trainable for row in self.layers),
        )

    @property
    def mflop(self) -> float:
        """Forward MFLOP for one image: 2 per multiply-accumulate of convolutions and dense layers.

        Element-wise work (activations, pooling, normalization) is not counted.
        """
        return sum(row.mflop for row in self.layers)


class PlanError(ValueError):
    """The layers do not fit together; `index` is the place of the layer at fault in the list."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def plan_network(layers: Sequence[Layer], input_shape: Shape = IMAGE_SHAPE) -> Plan:
    """Follow one image through the layers.

    Raises:
        PlanError: a layer cannot take what reaches it, or the last does not give the 10 classes.
    """
    rows: list[PlannedLayer] = []
    counts: dict[str, int] = {}
    shape = input_shape
    for index, layer in enumerate(layers):
        counts[layer.entry_name] = counts.get(layer.entry_name, 0) + 1
        name = f"{layer.entry_name}_{counts[layer.entry_name]}"
        row = _plan_layer(index, layer, name, shape)
        rows.append(row)
        shape = row.output_shape
    plan = Plan(tuple(rows))
    _require_softmax_last(layers)
    if plan.parameters.total > MAX_PARAMETERS:
        largest = max(range(len(rows)), key=lambda i: rows[i].parameters.total)
        raise PlanError(
            largest,
            f"the network has {plan.parameters.total:,} parameters, most of them here; at most "
            f"{MAX_PARAMETERS:,} are supported",
        )
    if shape != (CLASSES,):
        raise PlanError(
            len(rows) - 1,
            f"the last layer must give one value per class, shape ({CLASSES},), but gives "
            f"{show_shape(shape)}: end with flatten (or a global pooling) and dense: "
            f"{{units: {CLASSES}, activation: softmax}}",
        )
    return plan


def _require_softmax_last(layers: Sequence[Layer]) -> None:
    """Refuse a softmax that only layers without weights follow.

    The network's output counts as logits unless its last layer is a softmax.
    """
    for index in range(len(layers) - 2, -1, -1):
        if type(layers[index + 1]).parameters is not Layer.parameters:
            return
        if getattr(layers[index], "activation", None) == "softmax":
            raise PlanError(
                index,
                f"{layers[index].entry_name}: a softmax at the end of the network must be in its "
                f"last layer; {layers[index + 1].entry_name} follows",
            )


def _plan_layer(index: int, layer: Layer, name: str, shape: Shape) -> PlannedLayer:
    try:
        output = layer.output_shape(shape)
    except ShapeError as error:
        raise PlanError(index, f"{layer.entry_name}: {error}") from None
    values = math.prod(output)
    if values > MAX_ACTIVATION:
        raise PlanError(
            index,
            f"{layer.entry_name}: its output has {values:,} values per image; at most "
            f"{MAX_ACTIVATION:,} are supported",
        )
    return PlannedLayer(name, layer, shape, output, layer.parameters(shape), layer.macs(shape))


def show_shape(shape: Shape) -> str:
    """Write a shape for people: `14 x 14 x 32`, or `128`."""
    return " x ".join(map(str, shape))
