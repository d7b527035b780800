"""What all optimizers of Keras have in common.

Keras' `use_ema` is not among the arguments: it leaves out the statistics of batch normalization.
"""

from typing import Annotated

from pydantic import Field, model_validator

from cifarcnn.language.entry_types import Optimizer
from cifarcnn.language.registry import expected

Clip = Annotated[float, Field(gt=0)]


class KerasOptimizer(Optimizer):
    """An optimizer with the arguments that all of Keras' have."""

    weight_decay: Annotated[float, Field(ge=0)] | None = Field(
        None, description="decoupled: w is reduced by learning_rate * weight_decay * w"
    )
    clipnorm: Clip | None = Field(None, description="largest norm of each variable's gradient")
    clipvalue: Clip | None = Field(None, description="largest absolute value in a gradient")
    global_clipnorm: Clip | None = Field(None, description="largest norm of all gradients together")
    gradient_accumulation_steps: Annotated[int, Field(ge=2)] | None = Field(
        None, description="steps over which gradients are averaged before the weights change"
    )

    @model_validator(mode="after")
    def _one_clip(self) -> "KerasOptimizer":
        clips = [n for n in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, n)]
        if len(clips) > 1:
            raise expected(f"one way of clipping, not {' and '.join(clips)}", (clips[1],))
        return self

    def slots(self) -> int:
        """Those of its rule, and the sum of the gradients where they are accumulated."""
        return self._own_slots() + (self.gradient_accumulation_steps is not None)

    def _own_slots(self) -> int:
        return 2
