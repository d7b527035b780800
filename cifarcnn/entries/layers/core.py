"""Dense layers and activations."""

import math

from pydantic import Field

from cifarcnn.entries.initializers.arguments import DenseInitializer, VectorInitializer
from cifarcnn.entries.initializers.constant_initializers import Zeros
from cifarcnn.entries.initializers.random_initializers import GlorotUniform
from cifarcnn.entries.layers.arguments import ActivationName, Count
from cifarcnn.entries.regularizers.arguments import IN_TRAINING, OptionalRegularizer
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.shapes import Parameters, Shape


@LAYERS.register("dense")
class Dense(Layer):
    """A fully connected layer; over a map it works on the channels of each position."""

    units: Count = Field(description="number of output values")
    activation: ActivationName | None = Field(None, description="applied to the output")
    use_bias: bool = Field(True, description="whether to add a bias per unit")
    kernel_initializer: DenseInitializer = Field(
        default_factory=GlorotUniform, description="first values of the kernel"
    )
    bias_initializer: VectorInitializer = Field(
        default_factory=Zeros, description="first values of the bias"
    )
    kernel_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the kernel, {IN_TRAINING}"
    )
    bias_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the bias, {IN_TRAINING}"
    )
    activity_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the output, {IN_TRAINING}"
    )

    def output_shape(self, shape: Shape) -> Shape:
        """The input's shape with `units` in the last place."""
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> Parameters:
        """Kernel and bias."""
        return Parameters(shape[-1] * self.units + self.units * self.use_bias)

    def macs(self, shape: Shape) -> int:
        """One product per weight and position."""
        return math.prod(shape) * self.units


@LAYERS.register("activation")
class Activation(Layer):
    """An activation on its own, for use after a normalization."""

    activation: ActivationName = Field(description="the function", examples=["relu"])

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape
