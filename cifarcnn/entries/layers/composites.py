"""Layers made of layers."""

from typing import Annotated, ClassVar

from pydantic import Field

from cifarcnn.language.entry_types import LAYERS, Layer, LayerList
from cifarcnn.language.plan.network_plan import (
    MAX_LAYERS,
    Composite,
    LayerPlace,
    PlanError,
    Planner,
    Tensor,
    layer_count,
    show_shape,
)
from cifarcnn.language.shapes import Shape


class Add(Layer):
    """The sum of its inputs; no item of the language, but the end of every residual."""

    entry_name: ClassVar[str] = "add"

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape


@LAYERS.register("repeat")
class Repeat(Composite):
    """The same layers several times in a row, each time with weights of their own."""

    times: Annotated[int, Field(ge=1, le=MAX_LAYERS)] = Field(description="how often")
    layers: LayerList = Field(description="what is repeated, from input to output")

    def expand(self, planner: Planner, tensor: Tensor, place: LayerPlace) -> Tensor:
        """One pass after the other."""
        for number in range(1, self.times + 1):
            inside = place.group(f"repeat {number} of {self.times}")
            tensor = planner.follow(self.layers, tensor, inside.part("layers"))
        return tensor

    def layer_count(self) -> int:
        """Those of all passes."""
        return self.times * sum(map(layer_count, self.layers))


@LAYERS.register("residual")
class Residual(Composite):
    """Adds its input to what its layers make of it (https://arxiv.org/abs/1512.03385).

    An activation after the addition is an `activation` layer that follows.
    """

    layers: LayerList = Field(description="the branch, from input to output")
    projection: LayerList | None = Field(
        None, description="layers for the input before it is added, where the shapes differ"
    )

    def expand(self, planner: Planner, tensor: Tensor, place: LayerPlace) -> Tensor:
        """Branch, projection, addition."""
        inside = place.group("residual")
        branch = planner.follow(self.layers, tensor, inside.part("layers"))
        shortcut, at, what = tensor, place, "input"
        if self.projection:
            at, what = inside.part("projection"), "projection"
            shortcut = planner.follow(self.projection, tensor, at.group("projection"))
        if branch.shape != shortcut.shape:
            raise PlanError(
                at.path,
                f"the branch gives {show_shape(branch.shape)}, which cannot be added to its "
                f"{what} of {show_shape(shortcut.shape)}{_remedy(tensor.shape, branch.shape)}",
            )
        return planner.put(Add(), [branch, shortcut], inside)

    def layer_count(self) -> int:
        """Those of the branch and of the projection, and the addition."""
        return sum(map(layer_count, [*self.layers, *(self.projection or [])])) + 1


_LARGEST_WINDOW = 7


def _remedy(shape: Shape, wanted: Shape) -> str:
    """Name a projection that takes `shape` to `wanted`, as YAML, if one or two layers can."""
    if len(wanted) == 1:
        flatten = "flatten, " if len(shape) == 3 else ""
        return f"; what fits is projection: [{flatten}{{dense: {{units: {wanted[0]}}}}}]"
    if len(shape) == 1 or wanted[0] > shape[0] or wanted[1] > shape[1]:
        return ": the layers of the branch must keep the shape of its input"
    down, right = _stride(shape[0], wanted[0]), _stride(shape[1], wanted[1])
    if down and right:
        strides = f", strides: {_pair(down, right)}" if max(down, right) > 1 else ""
        window, same = f"1{strides}", ""
    else:
        sides = shape[0] - wanted[0] + 1, shape[1] - wanted[1] + 1
        if max(sides) > _LARGEST_WINDOW:
            return ": the layers of the branch must keep the shape of its input"
        window = _pair(*sides)
        same = "padding: same in the branch, or "
    convolution = f"{{conv2d: {{filters: {wanted[2]}, kernel_size: {window}}}}}"
    return f"; what fits is {same}projection: [{convolution}]"


def _stride(old: int, new: int) -> int | None:
    """The step with which a window of 1 takes `old` positions to `new`, if there is one."""
    return next((step for step in range(1, old + 1) if (old - 1) // step + 1 == new), None)


def _pair(down: int, right: int) -> str:
    return str(down) if down == right else f"[{down}, {right}]"
