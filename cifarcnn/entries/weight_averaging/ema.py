"""An exponential moving average of a network's state."""

from typing import Annotated, Any

from pydantic import Field

from cifarcnn.entries.weight_averaging.interpolation import between
from cifarcnn.language.entry_types import WEIGHT_AVERAGING, Averaged, WeightAveraging


@WEIGHT_AVERAGING.register("ema")
class ExponentialMovingAverage(WeightAveraging):
    """An exponential moving average, beginning with a short memory.

    After step t the average moves by 1 - min(momentum, (1 + t) / (10 + t)) of the way towards the
    network, as in tf.train.ExponentialMovingAverage, so that it forgets the first steps.
    """

    momentum: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.999, description="share of the average that a step keeps"
    )

    def after_step(self, fast: list[Any], slow: list[Any], step: Any) -> Averaged:
        """Move the slow copy towards the fast one, which is left as it is."""
        from keras import ops

        step = ops.cast(step, "float32")
        kept = ops.minimum(self.momentum, (1 + step) / (10 + step))
        return Averaged(fast, between(fast, slow, kept))
