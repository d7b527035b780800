"""A rate that falls by the same factor again and again."""

from typing import Annotated

from pydantic import Field

from cifarcnn.entries.schedules.arguments import Rate, Steps
from cifarcnn.entries.schedules.decay import Decay
from cifarcnn.language.entry_types import SCHEDULES


@SCHEDULES.register("exponential_decay")
class ExponentialDecay(Decay):
    """initial_learning_rate * decay_rate ^ (step / decay_steps)."""

    initial_learning_rate: Rate = Field(description="rate at step 0")
    decay_steps: Steps | None = Field(
        None, description="steps over which decay_rate is applied once; default: all"
    )
    decay_rate: Annotated[float, Field(gt=0)] = Field(description="factor")
    staircase: bool = Field(False, description="decay at whole multiples of decay_steps only")
