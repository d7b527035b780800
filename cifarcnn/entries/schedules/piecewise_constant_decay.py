"""Constant rates between given steps."""

from typing import Annotated

from pydantic import Field, model_validator

from cifarcnn.entries.schedules.arguments import Rate, Steps
from cifarcnn.language.entry_types import SCHEDULES, Schedule
from cifarcnn.language.registry import expected


@SCHEDULES.register("piecewise_constant_decay")
class PiecewiseConstantDecay(Schedule):
    """A constant rate between given steps."""

    boundaries: Annotated[list[Steps], Field(min_length=1)] = Field(
        description="steps after which the next value holds, increasing",
        examples=[[20_000, 30_000]],
    )
    values: list[Rate] = Field(
        description="one rate more than there are boundaries", examples=[[0.01, 0.001, 0.0001]]
    )

    @model_validator(mode="after")
    def _fits(self) -> "PiecewiseConstantDecay":
        if len(self.values) != len(self.boundaries) + 1:
            raise expected(
                f"{len(self.boundaries) + 1} values, one more than boundaries", ("values",)
            )
        if sorted(set(self.boundaries)) != self.boundaries:
            raise expected("boundaries that increase", ("boundaries",))
        return self

    def settles(self) -> tuple[int, float] | None:
        """One step after the last boundary."""
        return self.boundaries[-1] + 1, self.values[-1]
