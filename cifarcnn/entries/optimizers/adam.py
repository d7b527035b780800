"""Adam and its variants."""

from typing import Annotated

from pydantic import Field

from cifarcnn.entries.optimizers.arguments import Beta, Epsilon, LearningRate
from cifarcnn.entries.optimizers.keras_optimizer import KerasOptimizer
from cifarcnn.language.entry_types import OPTIMIZERS


@OPTIMIZERS.register("adam")
class Adam(KerasOptimizer):
    """Adam (https://arxiv.org/abs/1412.6980)."""

    learning_rate: LearningRate = Field(1e-3, description="a number or a schedule")
    beta_1: Beta = Field(0.9, description="decay of the mean of the gradients")
    beta_2: Beta = Field(0.999, description="decay of the mean of their squares")
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")
    amsgrad: bool = Field(False, description="use the largest mean square so far")

    def _own_slots(self) -> int:
        return 2 + self.amsgrad


@OPTIMIZERS.register("adamw")
class AdamW(Adam):
    """Adam with decoupled weight decay (https://arxiv.org/abs/1711.05101)."""

    weight_decay: Annotated[float, Field(ge=0)] = Field(
        4e-3, description="decoupled: w is reduced by learning_rate * weight_decay * w"
    )


@OPTIMIZERS.register("nadam")
class Nadam(KerasOptimizer):
    """Adam with Nesterov momentum."""

    learning_rate: LearningRate = Field(1e-3, description="a number or a schedule")
    beta_1: Beta = Field(0.9, description="decay of the mean of the gradients")
    beta_2: Beta = Field(0.999, description="decay of the mean of their squares")
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")
