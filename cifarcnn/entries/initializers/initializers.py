"""The first values of weights.

Random ones are drawn from the run's seed, so none takes a `seed` of its own.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from cifarcnn.language.entry_types import INITIALIZERS, Initializer, Weights
from cifarcnn.language.problems import listed
from cifarcnn.language.registry import ItemOf, expected

Deviation = Annotated[float, Field(ge=0)]


@INITIALIZERS.register("zeros")
class Zeros(Initializer):
    """Zeros."""


@INITIALIZERS.register("ones")
class Ones(Initializer):
    """Ones."""


@INITIALIZERS.register("constant")
class Constant(Initializer):
    """The same value everywhere."""

    value: float = Field(0.0, description="the value")


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


def fills(weights: Weights) -> AfterValidator:
    """An annotation that lets only initializers of these weights pass."""

    def check(initializer: Initializer) -> Initializer:
        if weights in initializer.fills:
            return initializer
        kinds = listed([f"{kind}s" for kind in initializer.fills], "and")
        raise expected(
            f"an initializer of a {weights} ({initializer.entry_name} is one of {kinds} only)"
        )

    return AfterValidator(check)


ConvolutionInitializer = Annotated[Initializer, ItemOf(INITIALIZERS), fills("convolution kernel")]
DepthwiseInitializer = Annotated[Initializer, ItemOf(INITIALIZERS), fills("depthwise kernel")]
DenseInitializer = Annotated[Initializer, ItemOf(INITIALIZERS), fills("dense kernel")]
VectorInitializer = Annotated[Initializer, ItemOf(INITIALIZERS), fills("vector")]


@INITIALIZERS.register("dirac")
class Dirac(Initializer):
    """The identity: filter i passes on input channel i; `rest` draws the filters beyond these.

    With padding same and stride 1 a square kernel is exactly the identity at first. Keras' own
    Identity takes matrices only.
    """

    of_keras = False
    fills = ("convolution kernel",)

    rest: ConvolutionInitializer = Field(
        default_factory=GlorotUniform, description="of filters beyond the number of input channels"
    )

    def build(self, **more: Any) -> Any:
        """Build a function from a kernel's shape (height, width, channels, filters) to values."""
        import numpy as np
        from keras import ops

        rest = self.rest.build(**more)

        def dirac(shape: tuple[int, ...], dtype: Any = None) -> Any:
            height, width, channels, filters = shape
            passed_on = np.arange(min(channels, filters))
            identity = np.zeros(shape)
            # Of an even number of rows, padding same adds the smaller part above.
            identity[(height - 1) // 2, (width - 1) // 2, passed_on, passed_on] = 1
            values = rest(shape, dtype)
            is_rest = np.arange(filters) >= channels
            return ops.where(is_rest, values, ops.cast(identity, values.dtype))

        return dirac

    def twin(self) -> Initializer:
        """What draws the rest."""
        return self.rest.twin()
