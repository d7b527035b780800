"""Stochastic gradient descent."""

from pydantic import Field

from cifarcnn.entries.optimizers.arguments import Beta, LearningRate
from cifarcnn.entries.optimizers.keras_optimizer import KerasOptimizer
from cifarcnn.language.entry_types import OPTIMIZERS


@OPTIMIZERS.register("sgd")
class SGD(KerasOptimizer):
    """Stochastic gradient descent."""

    learning_rate: LearningRate = Field(1e-2, description="a number or a schedule")
    momentum: Beta = Field(0.0, description="share of the last step that is repeated")
    nesterov: bool = Field(False, description="look ahead along the momentum")

    def _own_slots(self) -> int:
        return int(self.momentum > 0)
