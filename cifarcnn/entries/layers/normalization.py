"""Normalizations."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from cifarcnn.entries.initializers.arguments import VectorInitializer
from cifarcnn.entries.initializers.constant_initializers import Ones, Zeros
from cifarcnn.entries.layers.arguments import is_integer
from cifarcnn.entries.regularizers.arguments import IN_TRAINING, OptionalRegularizer
from cifarcnn.language.accepts import Accepts, NotAcceptedError
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.registry import expected
from cifarcnn.language.shapes import Parameters, Shape, ShapeError

Epsilon = Annotated[float, Field(gt=0)]


class _Normalization(Layer):
    """What normalizations with a trained offset and factor per channel have in common."""

    epsilon: Epsilon = Field(1e-3, description="added to the variance")
    center: bool = Field(True, description="whether to add a trained offset (beta)")
    scale: bool = Field(True, description="whether to multiply by a trained factor (gamma)")
    beta_initializer: VectorInitializer = Field(
        default_factory=Zeros, description="first values of beta"
    )
    gamma_initializer: VectorInitializer = Field(
        default_factory=Ones, description="first values of gamma"
    )
    beta_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on beta, {IN_TRAINING}"
    )
    gamma_regularizer: OptionalRegularizer = Field(
        None, description=f"penalty on gamma, {IN_TRAINING}"
    )

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        """Gamma and beta."""
        return Parameters(shape[-1] * (self.center + self.scale))


@LAYERS.register("batch_normalization")
class BatchNormalization(_Normalization):
    """Normalizes each channel over the batch; keeps running statistics for evaluation."""

    momentum: Annotated[float, Field(ge=0, le=1)] = Field(
        0.99, description="of the running statistics: new = momentum * old + (1 - momentum) * batch"
    )
    beta_learning_rate_multiplier: Annotated[float, Field(gt=0, le=1e6)] = Field(
        1.0, description="with sgd or muon_sgd, how many times faster beta learns"
    )

    @model_validator(mode="after")
    def _has_what_it_trains(self) -> "BatchNormalization":
        if self.beta_learning_rate_multiplier != 1 and not self.center:
            raise expected("no rate of beta without center", ("beta_learning_rate_multiplier",))
        return self

    def parameters(self, shape: Shape) -> Parameters:
        """Gamma and beta; running mean and variance are not trained."""
        return Parameters(super().parameters(shape).trainable, 2 * shape[-1])

    def arguments(self) -> dict[str, Any]:
        """Keras' arguments; it has no learning rates of single weights."""
        arguments = super().arguments()
        del arguments["beta_learning_rate_multiplier"]
        return arguments

    def build_optimized(self, **more: Any) -> Any:
        """Build a Keras layer that is faster to train, and in which beta may learn faster."""
        from cifarcnn.entries.layers.fused_batch_normalization import FusedBatchNormalization

        multiplier = self.beta_learning_rate_multiplier
        return FusedBatchNormalization(multiplier, **self.arguments(), **more)


@LAYERS.register("layer_normalization")
class LayerNormalization(_Normalization):
    """Normalizes the channels of each position of each image."""


_MOST_GROUPS = 1_000_000


def _groups(value: Any) -> int:  # what stands in the YAML file
    if is_integer(value, -1, -1) or is_integer(value, 1, _MOST_GROUPS):
        return int(value)
    raise NotAcceptedError


Groups = Annotated[
    int,
    Accepts(
        _groups,
        "a number of groups, or -1 for one group per channel",
        {"anyOf": [{"const": -1}, {"type": "integer", "minimum": 1, "maximum": _MOST_GROUPS}]},
    ),
]


@LAYERS.register("group_normalization")
class GroupNormalization(_Normalization):
    """Normalizes each group of channels of each image."""

    groups: Groups = Field(
        32, description="groups into which the channels are split; -1: one per channel"
    )

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        if shape[-1] % self.groups:
            raise ShapeError(f"its {self.groups} groups do not divide the {shape[-1]} channels")
        return shape


@LAYERS.register("rms_normalization")
class RMSNormalization(Layer):
    """Divides the channels of each position by their root mean square; trains a factor each."""

    epsilon: Epsilon = Field(1e-6, description="added to the mean square")

    def output_shape(self, shape: Shape) -> Shape:
        """Unchanged."""
        return shape

    def parameters(self, shape: Shape) -> Parameters:
        """The factors."""
        return Parameters(shape[-1])
