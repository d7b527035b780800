"""The arithmetic of a whole network, from its layers: shapes, parameters, multiply-accumulates.

The plan is the one place that decides how a list of layers becomes a network: which layers there
are once composites (`repeat`, `residual`) are written out, what each is called, and which of them
feeds which. Everything else (the Keras network, `describe`, checkpoints) follows its flat rows.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from cifarcnn.errors import UserError
from cifarcnn.language.constants import CLASSES, IMAGE_SHAPE, PIXELS
from cifarcnn.language.entry_types import Layer
from cifarcnn.language.marks import Path
from cifarcnn.language.shapes import Parameters, Shape, ShapeError

MAX_LAYERS = 1000
"""Once all repeats are written out."""
MAX_DEPTH = 8
"""Composites within composites."""
MAX_PARAMETERS = 1_000_000_000
MAX_ACTIVATION = 1_000_000_000
"""Numbers in one layer's output for one image."""


class Group(NamedTuple):
    """Layers that belong together: a composite, or one pass of it."""

    label: str
    """What a person reads, such as `repeat 2 of 3`."""
    path: Path
    """Where it stands in the spec, such as `(2, "repeat")`."""


@dataclass(frozen=True)
class LayerPlace:
    """Where a layer stands: its path below `model.layers`, and the groups around it."""

    path: Path = ()
    groups: tuple[Group, ...] = ()

    def item(self, index: int, layer: Layer) -> "LayerPlace":
        """The place of one layer of the list that stands here."""
        return LayerPlace((*self.path, index, layer.entry_name), self.groups)

    def part(self, key: str) -> "LayerPlace":
        """The place of the list of layers that the composite here holds under a key."""
        return LayerPlace((*self.path, key), self.groups)

    def group(self, label: str) -> "LayerPlace":
        """The same place, as a group of its own."""
        return LayerPlace(self.path, (*self.groups, Group(label, self.path)))

    @property
    def depth(self) -> int:
        """How many composites there are around a layer."""
        return len(self.path) // 3


class Tensor(NamedTuple):
    """What flows through the network."""

    source: str
    """The name of the layer that gives it."""
    shape: Shape


@dataclass(frozen=True)
class PlannedLayer:
    """One layer in its place; `name` is its Keras name, such as `conv2d_1`.

    `inputs` are the names of the layers that feed it; `input_shape` is that of each of them.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    input_shape: Shape
    output_shape: Shape
    parameters: Parameters
    macs: int
    place: LayerPlace

    @property
    def mflop(self) -> float:
        """Million floating-point operations of one forward pass: 2 per multiply-accumulate."""
        return 2 * self.macs / 1e6


@dataclass(frozen=True)
class Plan:
    """A network on paper: every layer in the order in which it is made, the output's last."""

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

        Element-wise work (activations, pooling, normalization, addition) is not counted.
        """
        return sum(row.mflop for row in self.layers)


class PlanError(ValueError):
    """The layers do not fit together; `path` leads from `model.layers` to what is at fault."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


class Planner:
    """Puts layers into a network one after the other, giving each its name."""

    def __init__(self) -> None:
        self.rows: list[PlannedLayer] = []
        self._counts: dict[str, int] = {}

    def follow(self, layers: Sequence[Layer], tensor: Tensor, place: LayerPlace) -> Tensor:
        """Lead a tensor through a list of layers.

        Raises:
            PlanError: a layer cannot take what reaches it.
        """
        for index, layer in enumerate(layers):
            here = place.item(index, layer)
            if isinstance(layer, Composite):
                if here.depth >= MAX_DEPTH:
                    message = f"composites are nested deeper than {MAX_DEPTH} levels"
                    raise PlanError(here.path, message)
                tensor = layer.expand(self, tensor, here)
            else:
                tensor = self.put(layer, [tensor], here)
        return tensor

    def put(self, layer: Layer, inputs: Sequence[Tensor], place: LayerPlace) -> Tensor:
        """Add a single layer, fed by tensors of one shape.

        Raises:
            PlanError: it cannot take that shape, or its output is too large.
        """
        shape = inputs[0].shape
        try:
            output = layer.output_shape(shape)
        except ShapeError as error:
            raise PlanError(place.path, str(error)) from None
        _require_arithmetic(layer, "output_shape", output, _is_shape(output))
        parameters, macs = layer.parameters(shape), layer.macs(shape)
        _require_arithmetic(layer, "parameters", parameters, isinstance(parameters, Parameters))
        _require_arithmetic(layer, "macs", macs, isinstance(macs, int))
        values = math.prod(output)
        if values > MAX_ACTIVATION:
            raise PlanError(
                place.path,
                f"its output has {values:,} values per image; at most {MAX_ACTIVATION:,} are "
                "supported",
            )
        row = PlannedLayer(
            name=self._next_name(layer),
            layer=layer,
            inputs=tuple(tensor.source for tensor in inputs),
            input_shape=shape,
            output_shape=output,
            parameters=parameters,
            macs=macs,
            place=place,
        )
        self.rows.append(row)
        return Tensor(row.name, output)

    def _next_name(self, layer: Layer) -> str:
        count = self._counts[layer.entry_name] = self._counts.get(layer.entry_name, 0) + 1
        return f"{layer.entry_name}_{count}"


def _is_shape(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(n, int) and n > 0 for n in value)


def _require_arithmetic(layer: Layer, method: str, value: object, right: bool) -> None:
    """Refuse what a layer of the user's own cannot mean.

    Raises:
        UserError: names the method and what it gives.
    """
    if not right:
        what = {"output_shape": "a tuple of integers > 0", "macs": "an integer"}
        raise UserError(
            f"the layer {layer.entry_name}: its {method}() should give "
            f"{what.get(method, 'Parameters')}, but gives {value!r:.60}"
        )


class Composite(Layer):
    """Layers that stand as one item in a list of layers."""

    of_keras: ClassVar[bool] = False

    @abstractmethod
    def expand(self, planner: Planner, tensor: Tensor, place: LayerPlace) -> Tensor:
        """Put the layers into a network and return what comes out.

        Raises:
            PlanError: they do not fit together, or not to the tensor.
        """

    @abstractmethod
    def layer_count(self) -> int:
        """How many single layers it stands for."""

    def parts(self) -> dict[str, list[Layer]]:
        """The lists of layers that it holds, by their keys."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if isinstance(value, list)}

    def output_shape(self, shape: Shape) -> Shape:
        """What its layers make of one image of `shape`, one after the other."""
        return self._alone(shape)[-1].output_shape

    def parameters(self, shape: Shape) -> Parameters:
        """Of all its layers."""
        return Plan(self._alone(shape)).parameters

    def macs(self, shape: Shape) -> int:
        """Of all its layers."""
        return sum(row.macs for row in self._alone(shape))

    def _alone(self, shape: Shape) -> tuple[PlannedLayer, ...]:
        planner = Planner()
        try:
            self.expand(planner, Tensor(PIXELS, shape), LayerPlace())
        except PlanError as error:
            raise ShapeError(str(error)) from None
        return tuple(planner.rows)


def layer_count(layer: Layer) -> int:
    """How many single layers a layer stands for."""
    return layer.layer_count() if isinstance(layer, Composite) else 1


def plan_network(layers: Sequence[Layer], input_shape: Shape = IMAGE_SHAPE) -> Plan:
    """Follow one image through the layers.

    Raises:
        PlanError: a layer cannot take what reaches it, the network is too large, or its last layer
            does not give the 10 classes.
    """
    _require_few_layers(layers)
    planner = Planner()
    output = planner.follow(layers, Tensor(PIXELS, input_shape), LayerPlace())
    plan = Plan(tuple(planner.rows))
    _require_softmax_last(plan.layers)
    _require_few_parameters(plan)
    if output.shape != (CLASSES,):
        raise PlanError(
            plan.layers[-1].place.path,
            f"the last layer must give one value per class, shape ({CLASSES},), but gives "
            f"{show_shape(output.shape)}: end with flatten (or a global pooling) and dense: "
            f"{{units: {CLASSES}, activation: softmax}}",
        )
    return plan


def _require_few_layers(layers: Sequence[Layer]) -> None:
    """Count before anything is written out: nested repeats may stand for 10^24 layers."""
    total = 0
    for index, layer in enumerate(layers):
        total += layer_count(layer)
        if total > MAX_LAYERS:
            raise PlanError(
                (index, layer.entry_name),
                f"the network has {total:,} layers up to here, every repeat counted; at most "
                f"{MAX_LAYERS:,} are supported",
            )


def _require_few_parameters(plan: Plan) -> None:
    if plan.parameters.total > MAX_PARAMETERS:
        largest = max(plan.layers, key=lambda row: row.parameters.total)
        raise PlanError(
            largest.place.path,
            f"the network has {plan.parameters.total:,} parameters, most of them here; at most "
            f"{MAX_PARAMETERS:,} are supported",
        )


def _require_softmax_last(rows: Sequence[PlannedLayer]) -> None:
    """Refuse a softmax that only layers without weights follow.

    The network's output counts as logits unless its last layer is a softmax.
    """
    by_name = {row.name: row for row in rows}
    pending = [rows[-1]]
    seen: set[str] = set()
    while pending:
        follower = pending.pop()
        if type(follower.layer).parameters is not Layer.parameters:
            continue
        for name in {*follower.inputs} - seen - {PIXELS}:
            seen.add(name)
            row = by_name[name]
            if getattr(row.layer, "activation", None) == "softmax":
                raise PlanError(
                    row.place.path,
                    "a softmax at the end of the network must be in its last layer; "
                    f"{follower.layer.entry_name} follows",
                )
            pending.append(row)


def show_shape(shape: Shape) -> str:
    """Write a shape for people: `14 x 14 x 32`, or `128`."""
    return " x ".join(map(str, shape))
