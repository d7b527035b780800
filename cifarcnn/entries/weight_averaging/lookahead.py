"""Lookahead: a slow copy that meets the fast one every few steps."""

from typing import Annotated, Any

from pydantic import Field

from cifarcnn.entries.weight_averaging.interpolation import between
from cifarcnn.language.entry_types import (
    WEIGHT_AVERAGING,
    Averaged,
    TrainingLength,
    WeightAveraging,
)


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
        meeting = between(fast, slow, self.momentum * passed**self.power)
        due = ops.equal(step % self.period, 0)
        return Averaged(
            [ops.where(due, met, one) for met, one in zip(meeting, fast, strict=True)],
            [ops.where(due, met, one) for met, one in zip(meeting, slow, strict=True)],
        )
