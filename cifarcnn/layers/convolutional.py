"""Convolutions."""

from pydantic import Field, model_validator

from cifarcnn.layers.arguments import (
    ActivationName,
    Count,
    Padding,
    Pair,
    require_map,
    window_output,
)
from cifarcnn.spec.kinds import LAYERS, Layer, Parameters, Shape, ShapeError
from cifarcnn.spec.registry import expected


@LAYERS.register("conv2d")
class Conv2D(Layer):
    """A 2-D convolution."""

    filters: Count = Field(description="number of output channels")
    kernel_size: Pair = Field(description="height and width of the kernel")
    strides: Pair = Field((1, 1), description="step between windows")
    padding: Padding = Field("valid", description="valid: no padding; same: pad with zeros")
    dilation_rate: Pair = Field((1, 1), description="spacing of the kernel's taps")
    groups: Count = Field(1, description="groups into which the channels are split")
    activation: ActivationName | None = Field(None, description="applied to the output")
    use_bias: bool = Field(True, description="whether to add a bias per filter")

    @model_validator(mode="after")
    def _divisible(self) -> "Conv2D":
        if self.filters % self.groups:
            raise expected(f"filters as a multiple of groups ({self.groups})", ("filters",))
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise expected("strides of 1 when dilation_rate is above 1", ("strides",))
        return self

    def output_shape(self, shape: Shape) -> Shape:
        """`(height, width, filters)`."""
        _, _, channels = require_map(shape)
        if channels % self.groups:
            raise ShapeError(f"its {self.groups} groups do not divide the {channels} channels")
        window = self._reach()
        return (*window_output(shape, window, self.strides, self.padding), self.filters)

    def parameters(self, shape: Shape) -> Parameters:
        """Kernel and bias."""
        return Parameters(self._kernel(shape) + self.filters * self.use_bias)

    def macs(self, shape: Shape) -> int:
        """One kernel application per output position."""
        height, width, _ = self.output_shape(shape)
        return height * width * self._kernel(shape)

    def _kernel(self, shape: Shape) -> int:
        _, _, channels = require_map(shape)
        return self.kernel_size[0] * self.kernel_size[1] * channels // self.groups * self.filters

    def _reach(self) -> tuple[int, int]:
        """Height and width of the input under one dilated kernel."""
        (height, width), (down, right) = self.kernel_size, self.dilation_rate
        return (height - 1) * down + 1, (width - 1) * right + 1
