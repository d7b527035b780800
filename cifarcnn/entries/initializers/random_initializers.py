"""Random first values.

They are drawn from the run's seed, so none takes a `seed` of its own.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cifarcnn.language.entry_types import INITIALIZERS, Initializer
from cifarcnn.language.registry import expected

Deviation = Annotated[float, Field(ge=0)]


@INITIALIZERS.register("random_normal")
class RandomNormal(Initializer):
    """A normal distribution."""

    mean: float = Field(0.0, description="mean of the distribution")
    stddev: Deviation = Field(0.05, description="standard deviation of the distribution")


@INITIALIZERS.register("truncated_normal")
class TruncatedNormal(Initializer):
    """A normal distribution cut off at two standard deviations."""

    mean: float = Field(0.0, description="mean of the distribution")
    stddev: Deviation = Field(0.05, description="standard deviation before cutting off")


@INITIALIZERS.register("random_uniform")
class RandomUniform(Initializer):
    """A uniform distribution."""

    minval: float = Field(-0.05, description="lower bound")
    maxval: float = Field(0.05, description="upper bound")

    @model_validator(mode="after")
    def _ordered(self) -> "RandomUniform":
        if self.maxval < self.minval:
            raise expected(f"maxval of at least minval ({self.minval})", ("maxval",))
        return self


@INITIALIZERS.register("glorot_uniform")
class GlorotUniform(Initializer):
    """Uniform within sqrt(6 / (inputs + outputs)); the default of Keras' kernels."""


@INITIALIZERS.register("glorot_normal")
class GlorotNormal(Initializer):
    """Normal, with variance 2 / (inputs + outputs)."""


@INITIALIZERS.register("he_uniform")
class HeUniform(Initializer):
    """Uniform within sqrt(6 / inputs), for relu."""


@INITIALIZERS.register("he_normal")
class HeNormal(Initializer):
    """Normal, with variance 2 / inputs, for relu."""


@INITIALIZERS.register("lecun_uniform")
class LecunUniform(Initializer):
    """Uniform within sqrt(3 / inputs)."""


@INITIALIZERS.register("lecun_normal")
class LecunNormal(Initializer):
    """Normal, with variance 1 / inputs, for selu."""


@INITIALIZERS.register("variance_scaling")
class VarianceScaling(Initializer):
    """Variance scale / n, where n counts inputs, outputs or their mean."""

    scale: Annotated[float, Field(gt=0)] = Field(1.0, description="the variance times n")
    mode: Literal["fan_in", "fan_out", "fan_avg"] = Field(
        "fan_in", description="n: the inputs of an output, the outputs of an input, or their mean"
    )
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = Field(
        "truncated_normal", description="the shape of the distribution"
    )


@INITIALIZERS.register("orthogonal")
class Orthogonal(Initializer):
    """A random orthogonal matrix from all inputs of an output to the outputs."""

    fills = ("convolution kernel", "depthwise kernel", "dense kernel")

    gain: float = Field(1.0, description="factor of the matrix")
