"""A rate that falls after given epochs; Keras counts in steps."""

import operator
from itertools import accumulate
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from cifarcnn.entries.schedules.arguments import Rate
from cifarcnn.entries.schedules.piecewise_constant_decay import PiecewiseConstantDecay
from cifarcnn.language.entry_types import SCHEDULES, Schedule, TrainingLength
from cifarcnn.language.registry import expected


@SCHEDULES.register("step_decay")
class StepDecay(Schedule):
    """A constant rate that is multiplied by `decay_rate` after each of some epochs."""

    of_keras: ClassVar[bool] = False

    initial_learning_rate: Rate = Field(description="rate of the first epochs")
    decay_rate: Annotated[float, Field(gt=0, le=1)] = Field(0.1, description="new rate / old rate")
    epochs: Annotated[list[Annotated[int, Field(ge=1, le=1_000_000)]], Field(min_length=1)] = Field(
        description="epochs after which the rate falls, increasing, such as [30, 40]"
    )

    @model_validator(mode="after")
    def _increasing(self) -> "StepDecay":
        if sorted(set(self.epochs)) != self.epochs:
            raise expected("epochs that increase", ("epochs",))
        return self

    def over(self, length: TrainingLength) -> Schedule:
        """As Keras' piecewise constant decay, whose values hold up to and with a boundary."""
        factors = [self.initial_learning_rate, *[self.decay_rate] * len(self.epochs)]
        return PiecewiseConstantDecay.model_construct(
            boundaries=[epoch * length.steps_per_epoch - 1 for epoch in self.epochs],
            values=list(accumulate(factors, operator.mul)),
        )
