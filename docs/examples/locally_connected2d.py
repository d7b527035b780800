"""LocallyConnected2D, which Keras 3 dropped: a convolution with a kernel of its own everywhere."""

import functools
from typing import Any

from cifarcnn.plugins import (
    LAYERS,
    ActivationName,
    Count,
    Field,
    Layer,
    Padding,
    Pair,
    Parameters,
    Shape,
    require_map,
    window_output,
)


@LAYERS.register("locally_connected2d")
class LocallyConnected2D(Layer):
    """A convolution whose kernel is not shared: every position of the output has its own.

    It costs as many operations as the convolution of the same arguments, and as many times its
    parameters as the output has positions.
    """

    filters: Count = Field(description="number of output channels")
    kernel_size: Pair = Field(description="height and width of the kernels")
    strides: Pair = Field((1, 1), description="step between windows")
    padding: Padding = Field("valid", description="valid: no padding; same: pad with zeros")
    activation: ActivationName | None = Field(None, description="applied to the output")
    use_bias: bool = Field(True, description="whether to add a bias per position and filter")

    def output_shape(self, shape: Shape) -> Shape:
        """`(height, width, filters)`, as of a convolution."""
        return (*window_output(shape, self.kernel_size, self.strides, self.padding), self.filters)

    def parameters(self, shape: Shape) -> Parameters:
        """A kernel and a bias for every position of the output."""
        height, width, filters = self.output_shape(shape)
        return Parameters(self.macs(shape) + height * width * filters * self.use_bias)

    def macs(self, shape: Shape) -> int:
        """Every weight of the kernels is used once per image."""
        _, _, channels = require_map(shape)
        height, width, filters = self.output_shape(shape)
        return height * width * self.kernel_size[0] * self.kernel_size[1] * channels * filters

    def build(self, **more: Any) -> Any:
        """Build the Keras layer; `more` holds its name."""
        return keras_layer()(**self.arguments(), **more)


@functools.cache
def keras_layer() -> Any:
    """The Keras class of the layer, defined when Keras is imported and not before."""
    import keras

    @keras.saving.register_keras_serializable("examples")
    class LocallyConnected2D(keras.layers.Layer):
        def __init__(
            self,
            filters: int,
            kernel_size: tuple[int, int],
            strides: tuple[int, int] = (1, 1),
            padding: str = "valid",
            activation: str | None = None,
            use_bias: bool = True,
            **kwargs: Any,
        ) -> None:
            super().__init__(**kwargs)
            self.filters = filters
            self.kernel_size = tuple(kernel_size)
            self.strides = tuple(strides)
            self.padding = padding
            self.activation = keras.activations.get(activation)
            self.use_bias = use_bias

        def build(self, input_shape: tuple[int | None, ...]) -> None:
            _, height, width, _ = self.compute_output_shape(input_shape)
            window = self.kernel_size[0] * self.kernel_size[1] * input_shape[-1]
            # Glorot's rule for one window; Keras would count the positions as inputs.
            limit = (6 / (window + self.filters)) ** 0.5
            self.kernel = self.add_weight(
                shape=(height, width, window, self.filters),
                initializer=keras.initializers.RandomUniform(-limit, limit),
                name="kernel",
            )
            self.bias = None
            if self.use_bias:
                self.bias = self.add_weight(
                    shape=(height, width, self.filters), initializer="zeros", name="bias"
                )

        def call(self, inputs: Any) -> Any:
            # (N, height, width, window): the pixels under each window, side by side.
            patches = keras.ops.image.extract_patches(
                inputs, self.kernel_size, strides=self.strides, padding=self.padding
            )
            outputs = keras.ops.einsum("nhwp,hwpf->nhwf", patches, self.kernel)
            if self.bias is not None:
                outputs = outputs + self.bias
            return self.activation(outputs)

        def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
            image, *sizes = input_shape
            window = window_output(tuple(sizes), self.kernel_size, self.strides, self.padding)
            return (image, *window, self.filters)

        def get_config(self) -> dict[str, Any]:
            return super().get_config() | {
                "filters": self.filters,
                "kernel_size": self.kernel_size,
                "strides": self.strides,
                "padding": self.padding,
                "activation": keras.activations.serialize(self.activation),
                "use_bias": self.use_bias,
            }

    return LocallyConnected2D
