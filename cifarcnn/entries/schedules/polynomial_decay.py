"""A rate that falls as a power of the steps that are left."""

from typing import Annotated

from pydantic import Field

from cifarcnn.entries.schedules.arguments import Rate, Steps
from cifarcnn.entries.schedules.decay import Decay
from cifarcnn.language.entry_types import SCHEDULES


@SCHEDULES.register("polynomial_decay")
class PolynomialDecay(Decay):
    """From the initial to the end rate as (1 - step / decay_steps) ^ power."""

    initial_learning_rate: Rate = Field(description="rate at step 0")
    decay_steps: Steps | None = Field(
        None, description="steps until end_learning_rate; default: all"
    )
    end_learning_rate: Annotated[float, Field(ge=0)] = Field(1e-4, description="rate at the end")
    power: Annotated[float, Field(gt=0)] = Field(1.0, description="1 is linear")
    cycle: bool = Field(False, description="begin again, with longer decays, after decay_steps")

    def settles(self) -> tuple[int, float] | None:
        """At `decay_steps`, unless it begins again."""
        return None if self.cycle else (self.decay_steps or 0, self.end_learning_rate)
