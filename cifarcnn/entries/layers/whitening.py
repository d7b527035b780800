"""The patch-whitening convolution, which takes its kernel from the training images."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from cifarcnn.entries.initializers.arguments import VectorInitializer
from cifarcnn.entries.initializers.constant_initializers import Zeros
from cifarcnn.entries.layers.arguments import (
    ActivationName,
    Count,
    Padding,
    Pair,
    require_map,
    window_output,
)
from cifarcnn.entries.layers.convolutional import Conv2D
from cifarcnn.entries.regularizers.arguments import IN_TRAINING, OptionalRegularizer
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.registry import expected
from cifarcnn.language.shapes import Parameters, Shape, ShapeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OF_CONV2D = (
    "kernel_size", "padding", "activation", "use_bias", "bias_initializer", "bias_regularizer",
)  # fmt: skip
"""The arguments that are those of an ordinary convolution."""

_LONGEST_PATCH = 1024
_IMAGES_AT_A_TIME = 64


@LAYERS.register("patch_whitening")
class PatchWhitening(Layer):
    """A convolution with the eigenvectors of the training images' patches; only its bias trains.

    The filters are the eigenvectors v of the patches' second moments, in the order of falling
    eigenvalues e, each divided by sqrt(e + epsilon), and then their negatives: 24 filters for 2x2
    patches of 3 channels (Keller Jordan, airbench, https://arxiv.org/abs/2404.00498).
    """

    of_keras = False  # Keras computes nothing from images but means and variances

    # Filters of small eigenvalues magnify differences of nearly equal pixels. On CIFAR-10 bfloat16
    # would give the last four of twelve an error of 3 to 7 % of their spread.
    float32 = True

    kernel_size: Pair = Field((2, 2), description="height and width of the patches")
    epsilon: Annotated[float, Field(gt=0)] = Field(5e-4, description="added to the eigenvalues")
    images: Count = Field(5000, description="training images whose patches are taken")
    padding: Padding = Field("valid", description="valid: no padding; same: pad with zeros")
    activation: ActivationName | None = Field(None, description="applied to the output")
    use_bias: bool = Field(True, description="whether to add a trained bias per filter")
    bias_initializer: VectorInitializer = Field(
        default_factory=Zeros, description="first values of the bias"
    )
    bias_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on the bias, {IN_TRAINING}"
    )
    bias_learning_rate_multiplier: Annotated[float, Field(gt=0, le=1e6)] = Field(
        1.0, description="with sgd or muon_sgd, how many times faster the bias learns"
    )
    bias_epochs: Count | None = Field(
        None, description="first epochs in which the bias is trained, then it stays; default: all"
    )

    @model_validator(mode="after")
    def _has_what_it_trains(self) -> "PatchWhitening":
        if self.bias_epochs is not None and not self.use_bias:
            raise expected("no bias_epochs without a bias", ("bias_epochs",))
        if self.bias_learning_rate_multiplier != 1 and not self.use_bias:
            raise expected("no rate of a bias without a bias", ("bias_learning_rate_multiplier",))
        return self

    def output_shape(self, shape: Shape) -> Shape:
        """`(height, width, filters)` with two filters per value of a patch."""
        values = self._patch(shape)
        if values > _LONGEST_PATCH:
            raise ShapeError(f"its patches have {values:,} values; at most {_LONGEST_PATCH:,}")
        return (*window_output(shape, self.kernel_size, (1, 1), self.padding), 2 * values)

    def parameters(self, shape: Shape) -> Parameters:
        """The bias; the kernel is not trained."""
        values = self._patch(shape)
        return Parameters(2 * values * self.use_bias, 2 * values**2)

    def macs(self, shape: Shape) -> int:
        """One kernel application per output position."""
        height, width, filters = self.output_shape(shape)
        return height * width * self._patch(shape) * filters

    def build(self, **more: Any) -> Any:
        """Build a Keras convolution with a frozen kernel, whose filters follow from its input."""
        import keras

        from cifarcnn.entries.layers.gradient_scaling import faster

        class PatchWhitening(keras.layers.Conv2D):  # type: ignore[misc]
            def build(self, input_shape: tuple[int | None, ...]) -> None:
                self.filters = 2 * math.prod(self.kernel_size) * int(input_shape[-1] or 0)
                super().build(input_shape)
                self.kernel.trainable = False

            def call(self, inputs: Any) -> Any:
                outputs = self.convolution_op(inputs, self.kernel)
                if self.use_bias:
                    outputs = keras.ops.add(outputs, faster(self.bias, multiplier))
                return self.activation(outputs)

        multiplier = self.bias_learning_rate_multiplier
        built = self.arguments()
        arguments = {name: built[name] for name in _OF_CONV2D}
        return PatchWhitening(filters=1, **arguments, **more)

    def twin(self, shape: Shape) -> Layer:
        """An ordinary convolution."""
        arguments = {name: getattr(self, name) for name in _OF_CONV2D}
        return Conv2D(filters=2 * self._patch(shape), **arguments).twin(shape)

    def adapt(self, keras_layer: Any, inputs: Callable[[int], Any]) -> None:
        """Set the kernel from the first training images."""
        keras_layer.kernel.assign(
            whitening_kernel(inputs(self.images), self.kernel_size, self.epsilon)
        )

    def first_epochs_only(self, keras_layer: Any) -> list[tuple[Any, int]]:
        """The bias, if it has a number of epochs."""
        return [] if self.bias_epochs is None else [(keras_layer.bias, self.bias_epochs)]

    def _patch(self, shape: Shape) -> int:
        """The values of one patch."""
        _, _, channels = require_map(shape)
        return math.prod(self.kernel_size) * channels


def whitening_kernel(
    maps: "NDArray[np.float32]", kernel_size: tuple[int, int], epsilon: float
) -> "NDArray[np.float32]":
    """The kernel of `PatchWhitening` for maps of shape (N, height, width, channels).

    Returns:
        An array of shape (*kernel_size, channels, filters).
    """
    import numpy as np

    size = math.prod(kernel_size) * maps.shape[-1]
    moments, count = np.zeros((size, size)), 0
    for start in range(0, len(maps), _IMAGES_AT_A_TIME):
        some = maps[start : start + _IMAGES_AT_A_TIME].astype(np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(some, kernel_size, axis=(1, 2))
        patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, size)
        moments += patches.T @ patches
        count += len(patches)
    values, vectors = np.linalg.eigh(moments / count)
    # An eigenvector may point either way: its largest value is made positive.
    largest = np.abs(vectors).argmax(axis=0)
    vectors *= np.sign(vectors[largest, np.arange(size)])
    # Rounding may make an eigenvalue of 0 negative.
    filters = (vectors / np.sqrt(np.maximum(values, 0) + epsilon))[:, ::-1]
    kernel = np.concatenate([filters, -filters], axis=1)
    return kernel.reshape(*kernel_size, maps.shape[-1], 2 * size).astype(np.float32)
