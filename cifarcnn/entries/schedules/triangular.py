"""A rate that rises and falls linearly; Keras has none."""

from typing import Any, ClassVar

from pydantic import Field

from cifarcnn.entries.schedules.arguments import Rate, Share, Steps
from cifarcnn.language.entry_types import SCHEDULES, Schedule, TrainingLength


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
