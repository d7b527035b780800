"""Keras' learning-rate schedules; steps are optimizer steps (batches), not epochs."""

from typing import Annotated

from pydantic import Field, model_validator

from cifarcnn.spec.kinds import SCHEDULES, Schedule
from cifarcnn.spec.registry import expected

Rate = Annotated[float, Field(gt=0, le=1e6)]
Steps = Annotated[int, Field(ge=1, le=10**12)]


@SCHEDULES.register("exponential_decay")
class ExponentialDecay(Schedule):
    """initial_learning_rate * decay_rate ^ (step / decay_steps)."""

    initial_learning_rate: Rate = Field(description="rate at step 0")
    decay_steps: Steps = Field(description="steps over which decay_rate is applied once")
    decay_rate: Annotated[float, Field(gt=0)] = Field(description="factor")
    staircase: bool = Field(False, description="decay at whole multiples of decay_steps only")


@SCHEDULES.register("piecewise_constant_decay")
class PiecewiseConstantDecay(Schedule):
    """A constant rate between given steps."""

    boundaries: Annotated[list[Steps], Field(min_length=1)] = Field(
        description="steps after which the next value holds, increasing"
    )
    values: list[Rate] = Field(description="one rate more than there are boundaries")

    @model_validator(mode="after")
    def _fits(self) -> "PiecewiseConstantDecay":
        if len(self.values) != len(self.boundaries) + 1:
            raise expected(
                f"{len(self.boundaries) + 1} values, one more than boundaries", ("values",)
            )
        if sorted(set(self.boundaries)) != self.boundaries:
            raise expected("boundaries that increase", ("boundaries",))
        return self


@SCHEDULES.register("polynomial_decay")
class PolynomialDecay(Schedule):
    """From the initial to the end rate as (1 - step / decay_steps) ^ power."""

    initial_learning_rate: Rate = Field(description="rate at step 0")
    decay_steps: Steps = Field(description="steps until end_learning_rate")
    end_learning_rate: Annotated[float, Field(ge=0)] = Field(1e-4, description="rate at the end")
    power: Annotated[float, Field(gt=0)] = Field(1.0, description="1 is linear")
    cycle: bool = Field(False, description="begin again, with longer decays, after decay_steps")


@SCHEDULES.register("inverse_time_decay")
class InverseTimeDecay(Schedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps)."""

    initial_learning_rate: Rate = Field(description="rate at step 0")
    decay_steps: Steps = Field(description="steps over which decay_rate is applied once")
    decay_rate: Annotated[float, Field(gt=0)] = Field(description="factor")
    staircase: bool = Field(False, description="decay at whole multiples of decay_steps only")


@SCHEDULES.register("cosine_decay")
class CosineDecay(Schedule):
    """Half a cosine from the initial rate to alpha times it, after an optional linear warm-up."""

    initial_learning_rate: Annotated[float, Field(ge=0, le=1e6)] = Field(
        description="rate at step 0; with a warm-up, where the warm-up begins"
    )
    decay_steps: Steps = Field(description="steps of the cosine, after the warm-up")
    alpha: Annotated[float, Field(ge=0)] = Field(
        0.0, description="final rate as a share of the top"
    )
    warmup_target: Rate | None = Field(None, description="rate at the end of the warm-up")
    warmup_steps: Annotated[int, Field(ge=0)] = Field(0, description="steps of the warm-up")


@SCHEDULES.register("cosine_decay_restarts")
class CosineDecayRestarts(Schedule):
    """Cosine decays that begin again (SGDR, https://arxiv.org/abs/1608.03983)."""

    initial_learning_rate: Rate = Field(description="rate at step 0")
    first_decay_steps: Steps = Field(description="steps of the first cosine")
    t_mul: Annotated[float, Field(ge=1)] = Field(2.0, description="growth of the period")
    m_mul: Annotated[float, Field(gt=0)] = Field(1.0, description="growth of the rate at restarts")
    alpha: Annotated[float, Field(ge=0)] = Field(
        0.0, description="final rate as a share of the top"
    )
