"""Convolutions."""

from pydantic import Field, model_validator

from cifarcnn.entries.initializers.arguments import (
    ConvolutionInitializer,
    DepthwiseInitializer,
    VectorInitializer,
)
from cifarcnn.entries.initializers.constant_initializers import Zeros
from cifarcnn.entries.initializers.random_initializers import GlorotUniform
from cifarcnn.entries.layers.arguments import (
    ActivationName,
    Count,
    Padding,
    Pair,
    require_map,
    window_output,
)
from cifarcnn.entries.regularizers.arguments import IN_TRAINING, OptionalRegularizer
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.registry import expected
from cifarcnn.language.shapes import Parameters, Shape, ShapeError


class _Filters(Layer):
    filters: Count = Field(description="number of output channels")


class _Convolution2D(Layer):
    """What all convolutions have in common."""

    kernel_size: Pair = Field(description="height and width of the kernel")
    strides: Pair = Field((1, 1), description="step between windows")
    padding: Padding = Field("valid", description="valid: no padding; same: pad with zeros")
    dilation_rate: Pair = Field((1, 1), description="spacing of the kernel's taps")
    activation: ActivationName | None = Field(None, description="applied to the output")
    use_bias: bool = Field(True, description="whether to add a bias per output channel")
    bias_initializer: VectorInitializer = Field(
        default_factory=Zeros, description="first values of the bias"
    )
    bias_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the bias, {IN_TRAINING}"
    )
    activity_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the output, {IN_TRAINING}"
    )

    def _positions(self, shape: Shape) -> tuple[int, int]:
        """Height and width of the output."""
        (height, width), (down, right) = self.kernel_size, self.dilation_rate
        reach = ((height - 1) * down + 1, (width - 1) * right + 1)
        return window_output(shape, reach, self.strides, self.padding)


@LAYERS.register("conv2d")
class Conv2D(_Convolution2D, _Filters):
    """A 2-D convolution."""

    groups: Count = Field(1, description="groups into which the channels are split")
    kernel_initializer: ConvolutionInitializer = Field(
        default_factory=GlorotUniform, description="first values of the kernel"
    )
    kernel_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the kernel, {IN_TRAINING}"
    )

    @model_validator(mode="after")
    def _fitting(self) -> "Conv2D":
        if self.filters % self.groups:
            raise expected(f"filters as a multiple of groups ({self.groups})", ("filters",))
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise expected("strides of 1 when dilation_rate is above 1", ("strides",))
        if self.groups > 1 and self.kernel_initializer.entry_name == "dirac":
            raise expected("groups of 1 when kernel_initializer is dirac", ("groups",))
        return self

    def output_shape(self, shape: Shape) -> Shape:
        """`(height, width, filters)`."""
        _, _, channels = require_map(shape)
        if channels % self.groups:
            raise ShapeError(f"its {self.groups} groups do not divide the {channels} channels")
        return (*self._positions(shape), self.filters)

    def parameters(self, shape: Shape) -> Parameters:
        """Kernel and bias."""
        return Parameters(self._kernel(shape) + self.filters * self.use_bias)

    def macs(self, shape: Shape) -> int:
        """One kernel application per output position."""
        height, width = self._positions(shape)
        return height * width * self._kernel(shape)

    def _kernel(self, shape: Shape) -> int:
        _, _, channels = require_map(shape)
        return self.kernel_size[0] * self.kernel_size[1] * channels // self.groups * self.filters


class _DepthwiseConvolution2D(_Convolution2D):
    """What convolves each channel on its own."""

    depth_multiplier: Count = Field(1, description="outputs of each channel's own convolution")
    depthwise_initializer: DepthwiseInitializer = Field(
        default_factory=GlorotUniform, description="first values of the depthwise kernel"
    )
    depthwise_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the depthwise kernel, {IN_TRAINING}"
    )

    @model_validator(mode="after")
    def _square_strides(self) -> "_DepthwiseConvolution2D":
        if len(set(self.strides)) > 1:  # TensorFlow has kernels for others on some machines only
            raise expected("the same stride in both directions", ("strides",))
        return self

    def _multiplied(self, shape: Shape) -> int:
        """The channels after the depthwise convolution."""
        _, _, channels = require_map(shape)
        return channels * self.depth_multiplier

    def _depthwise_kernel(self, shape: Shape) -> int:
        return self.kernel_size[0] * self.kernel_size[1] * self._multiplied(shape)


@LAYERS.register("depthwise_conv2d")
class DepthwiseConv2D(_DepthwiseConvolution2D):
    """A convolution of each channel on its own."""

    def output_shape(self, shape: Shape) -> Shape:
        """`(height, width, channels * depth_multiplier)`."""
        return (*self._positions(shape), self._multiplied(shape))

    def parameters(self, shape: Shape) -> Parameters:
        """Kernel and bias."""
        bias = self._multiplied(shape) * self.use_bias
        return Parameters(self._depthwise_kernel(shape) + bias)

    def macs(self, shape: Shape) -> int:
        """One kernel application per output position."""
        height, width = self._positions(shape)
        return height * width * self._depthwise_kernel(shape)


@LAYERS.register("separable_conv2d")
class SeparableConv2D(_DepthwiseConvolution2D, _Filters):
    """A convolution of each channel on its own, then one of 1x1 over the channels."""

    pointwise_initializer: ConvolutionInitializer = Field(
        default_factory=GlorotUniform, description="first values of the 1x1 kernel"
    )
    pointwise_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the 1x1 kernel, {IN_TRAINING}"
    )

    def output_shape(self, shape: Shape) -> Shape:
        """`(height, width, filters)`."""
        return (*self._positions(shape), self.filters)

    def parameters(self, shape: Shape) -> Parameters:
        """Both kernels, and the bias."""
        return Parameters(self._kernels(shape) + self.filters * self.use_bias)

    def macs(self, shape: Shape) -> int:
        """Both kernels once per output position."""
        height, width = self._positions(shape)
        return height * width * self._kernels(shape)

    def _kernels(self, shape: Shape) -> int:
        return self._depthwise_kernel(shape) + self._multiplied(shape) * self.filters
