"""Muon with SGD; Keras' own Muon leaves the kernels of convolutions to AdamW."""

from typing import Annotated, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from cifarcnn.entries.optimizers.arguments import Beta, LearningRate
from cifarcnn.entries.optimizers.keras_optimizer import KerasOptimizer
from cifarcnn.language.entry_types import OPTIMIZERS


@OPTIMIZERS.register("muon_sgd")
class MuonSGD(KerasOptimizer):
    """Muon for the kernels of convolutions, stochastic gradient descent for all else.

    The momentum of a kernel, as a matrix of one column per filter, is replaced by the nearest
    orthogonal matrix, approximately (https://kellerjordan.github.io/posts/muon/). The defaults are
    those of https://github.com/KellerJordan/cifar10-airbench for batches of 2,000. Keras' own Muon
    leaves the kernels of convolutions to AdamW. Both parts look ahead along their momentum
    (Nesterov).
    """

    of_keras: ClassVar[bool] = False

    learning_rate: LearningRate = Field(0.24, description="of the kernels: a number or a schedule")
    momentum: Beta = Field(0.6, description="share of the kernels' last step that is repeated")
    ns_steps: Annotated[int, Field(ge=1, le=20)] = Field(
        3, description="Newton-Schulz steps towards the orthogonal matrix"
    )
    normalize: bool = Field(
        True,
        description="bring each kernel to a norm of sqrt(filters) before its step; for networks in "
        "which a normalization follows each convolution",
    )
    sgd_lr_ratio: Annotated[float, Field(gt=0, le=1e6)] = Field(
        6.9, description="learning rate of all other weights, as a multiple of learning_rate"
    )
    sgd_momentum: Beta = Field(0.85, description="share of their last step that is repeated")
    weight_decay: Annotated[float, Field(ge=0)] | None = Field(
        None,
        description="decoupled, of all but the kernels: w is reduced by learning_rate * "
        "weight_decay * w",
    )

    @override
    def build(self, **more: Any) -> Any:
        from cifarcnn.entries.optimizers.keras_muon_sgd import MuonSGD

        return MuonSGD(**self.arguments(), **more)

    def _own_slots(self) -> int:
        return 1
