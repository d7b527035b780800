"""Learning-rate schedules: Keras', whose steps are batches, and two that Keras lacks.

Where the number of steps is left out, a schedule takes the whole training.
"""

import operator
from itertools import accumulate
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from cifarcnn.language.entry_types import SCHEDULES, Schedule, TrainingLength
from cifarcnn.language.registry import expected

Rate = Annotated[float, Field(gt=0, le=1e6, examples=[0.01])]
Steps = Annotated[int, Field(ge=1, le=10**12, examples=[10_000])]
Share = Annotated[float, Field(ge=0, le=1)]


class _Decay(Schedule):
    """A schedule of Keras with `decay_steps`, by default those of the whole training."""

    def over(self, length: TrainingLength) -> Schedule:
        """With `decay_steps` as a number."""
        if getattr(self, "decay_steps", None) is not None:
            return self
        return self.model_copy(update={"decay_steps": self._steps_left(length)})

    def _steps_left(self, length: TrainingLength) -> int:
        """The steps of the training that the decay can take."""
        return length.steps


@SCHEDULES.register("exponential_decay")
class ExponentialDecay(_Decay):
    """initial_learning_rate * decay_rate ^ (step / decay_steps)."""

    initial_learning_rate: Rate = Field(description="rate at step 0")
    decay_steps: Steps | None = Field(
        None, description="steps over which decay_rate is applied once; default: all"
    )
    decay_rate: Annotated[float, Field(gt=0)] = Field(description="factor")
    staircase: bool = Field(False, description="decay at whole multiples of decay_steps only")


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


@SCHEDULES.register("polynomial_decay")
class PolynomialDecay(_Decay):
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


@SCHEDULES.register("inverse_time_decay")
class InverseTimeDecay(_Decay):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps)."""

    initial_learning_rate: Rate = Field(description="rate at step 0")
    decay_steps: Steps | None = Field(
        None, description="steps over which decay_rate is applied once; default: all"
    )
    decay_rate: Annotated[float, Field(gt=0)] = Field(description="factor")
    staircase: bool = Field(False, description="decay at whole multiples of decay_steps only")


@SCHEDULES.register("cosine_decay")
class CosineDecay(_Decay):
    """Half a cosine from the initial rate to alpha times it, after an optional linear warm-up."""

    initial_learning_rate: Annotated[float, Field(ge=0, le=1e6)] = Field(
        description="rate at step 0; with a warm-up, where the warm-up begins", examples=[0.01]
    )
    decay_steps: Steps | None = Field(
        None, description="steps of the cosine, after the warm-up; default: all that are left"
    )
    alpha: Annotated[float, Field(ge=0)] = Field(
        0.0, description="final rate as a share of the top"
    )
    warmup_target: Rate | None = Field(None, description="rate at the end of the warm-up")
    warmup_steps: Annotated[int, Field(ge=0)] = Field(0, description="steps of the warm-up")

    def settles(self) -> tuple[int, float] | None:
        """At the end of the cosine."""
        top = self.initial_learning_rate if self.warmup_target is None else self.warmup_target
        return self._warmup() + (self.decay_steps or 0), self.alpha * top

    def _steps_left(self, length: TrainingLength) -> int:
        return max(1, length.steps - self._warmup())

    def _warmup(self) -> int:
        """The steps of the warm-up; without a target Keras skips it."""
        return self.warmup_steps if self.warmup_target is not None else 0


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


@SCHEDULES.register("triangular")
class Triangular(Schedule):
    """Linear from a share of the peak up to it, then linear down to another share.

    The triangle of https://github.com/KellerJordan/cifar10-airbench, whose shares are the defaults;
    with `start: 0` and `end: 0` it is the usual linear decay with a linear warm-up.
    """

    of_keras: ClassVar[bool] = False

    peak_learning_rate: Rate = Field(description="highest rate")
    start: Share = Field(0.2, description="rate at step 0, as a share of the peak")
    peak_at: Share = Field(0.23, description="where the peak is, as a share of the steps")
    end: Share = Field(0.07, description="rate at the last step and after, as a share of the peak")
    total_steps: Steps | None = Field(None, description="steps of the triangle; default: all")

    def over(self, length: TrainingLength) -> Schedule:
        """With `total_steps` as a number."""
        if self.total_steps is not None:
            return self
        return self.model_copy(update={"total_steps": length.steps})

    def settles(self) -> tuple[int, float] | None:
        """At the end of the triangle."""
        return self.total_steps or 0, self.end * self.peak_learning_rate

    def build(self, **more: Any) -> Any:
        """Build it as a Keras schedule, for a number of steps that `over` has filled in."""
        import keras
        from keras import ops

        entry = self
        before, after = self.peak_at or 1.0, (1 - self.peak_at) or 1.0  # never 0, also unused

        class Triangular(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
            def __call__(self, step: Any) -> Any:
                done = ops.minimum(ops.cast(step, "float32") / entry.total_steps, 1.0)
                rising = entry.start + (1 - entry.start) * done / before
                falling = 1 + (entry.end - 1) * (done - entry.peak_at) / after
                return entry.peak_learning_rate * ops.where(done < entry.peak_at, rising, falling)

            def get_config(self) -> dict[str, Any]:
                return entry.arguments()

        return Triangular(**more)


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
