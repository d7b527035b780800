"""RMSprop."""

from pydantic import Field

from cifarcnn.entries.optimizers.arguments import Beta, Epsilon, LearningRate
from cifarcnn.entries.optimizers.keras_optimizer import KerasOptimizer
from cifarcnn.language.entry_types import OPTIMIZERS


@OPTIMIZERS.register("rmsprop")
class RMSprop(KerasOptimizer):
    """RMSprop."""

    learning_rate: LearningRate = Field(1e-3, description="a number or a schedule")
    rho: Beta = Field(0.9, description="decay of the mean of the squared gradients")
    momentum: Beta = Field(0.0, description="share of the last step that is repeated")
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")
    centered: bool = Field(False, description="divide by the variance instead of the mean square")

    def _own_slots(self) -> int:
        return 1 + (self.momentum > 0) + self.centered
