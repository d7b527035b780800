"""The types of the arguments that are initializers, by the weights that they fill."""

from typing import Annotated

from pydantic import AfterValidator

from cifarcnn.language.entry_types import INITIALIZERS, Initializer, Weights
from cifarcnn.language.problems import listed
from cifarcnn.language.registry import ItemOf, expected


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
