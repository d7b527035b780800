"""A rate that falls along a cosine, once or again and again."""

from typing import Annotated

from pydantic import Field

from cifarcnn.entries.schedules.arguments import Rate, Steps
from cifarcnn.entries.schedules.decay import Decay
from cifarcnn.language.entry_types import SCHEDULES, Schedule, TrainingLength


@SCHEDULES.register("cosine_decay")
class CosineDecay(Decay):
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
