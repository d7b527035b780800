"""Averages of a network's state over the steps of a training.

Keras' own `use_ema` averages the trainable variables alone: the network then goes with statistics
of batch normalization that were taken from other weights.
"""

from typing import Annotated, Any

from pydantic import Field

from cifarcnn.language.entry_types import (
    WEIGHT_AVERAGING,
    Averaged,
    TrainingLength,
    WeightAveraging,
)


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
        return Averaged(fast, _between(fast, slow, kept))


@WEIGHT_AVERAGING.register("lookahead")
class Lookahead(WeightAveraging):
    """Lookahead: every few steps both copies meet between them (https://arxiv.org/abs/1907.08610).

    The slow copy's share is momentum * (t / total_steps)^power after step t. The paper has power 0;
    https://arxiv.org/abs/2404.00498 trains CIFAR-10 with period 5, momentum 0.95^5 = 0.774 and
    power 3.
    """

    period: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        5, description="steps between two meetings"
    )
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.5, description="share of the slow copy when they meet"
    )
    power: Annotated[float, Field(ge=0, le=100)] = Field(
        0.0, description="how the share grows over the training; 0: it is constant"
    )
    total_steps: Annotated[int, Field(ge=1, le=10**12)] | None = Field(
        None, description="steps over which it grows, where power is not 0; default: all"
    )

    def over(self, length: TrainingLength) -> WeightAveraging:
        """With `total_steps` as a number, where it matters."""
        if self.total_steps is not None or self.power == 0:
            return self
        return self.model_copy(update={"total_steps": length.steps})

    def after_step(self, fast: list[Any], slow: list[Any], step: Any) -> Averaged:
        """Give both copies their meeting point, every `period` steps."""
        from keras import ops

        passed = ops.minimum(ops.cast(step, "float32") / (self.total_steps or 1), 1.0)
        meeting = _between(fast, slow, self.momentum * passed**self.power)
        due = ops.equal(step % self.period, 0)
        return Averaged(
            [ops.where(due, met, one) for met, one in zip(meeting, fast, strict=True)],
            [ops.where(due, met, one) for met, one in zip(meeting, slow, strict=True)],
        )


def _between(fast: list[Any], slow: list[Any], share_of_slow: Any) -> list[Any]:
    return [a + share_of_slow * (b - a) for a, b in zip(fast, slow, strict=True)]
