"""The identity as a convolution."""

from typing import Any

from pydantic import Field

from cifarcnn.entries.initializers.arguments import ConvolutionInitializer
from cifarcnn.entries.initializers.random_initializers import GlorotUniform
from cifarcnn.language.entry_types import INITIALIZERS, Initializer


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
