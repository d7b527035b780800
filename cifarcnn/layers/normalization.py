"""Normalizations."""

from typing import Annotated

from pydantic import Field

from cifarcnn.spec.kinds import LAYERS, Layer, Parameters, Shape


@LAYERS.register("batch_normalization")
class BatchNormalization(Layer):
    """Normalizes each channel over the batch; keeps running statistics for evaluation."""

    momentum: Annotated[float, Field(ge=0, le=1)] = Field(
        0.99, description="of the running statistics: new = momentum * old + (1 - momentum) * batch"
    )
    epsilon: Annotated[float, Field(gt=0)] = Field(1e-3, description="added to the variance")
    center: bool = Field(True, description="whether to add a trained offset (beta)")
    scale: bool = Field(True, description="whether to multiply by a trained factor (gamma)")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        """Gamma and beta; running mean and variance are not trained."""
        channels = shape[-1]
        return Parameters(channels * (self.center + self.scale), 2 * channels)
