"""Keras' optimizers, and one that Keras lacks.

Keras' `use_ema` is not among the arguments: it leaves out the statistics of batch normalization.
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from cifarcnn.language.entry_types import OPTIMIZERS, SCHEDULES, Optimizer, Schedule
from cifarcnn.language.problems import near_name
from cifarcnn.language.registry import ITEM_OF, ItemOf, expected

Beta = Annotated[float, Field(ge=0, lt=1)]
Epsilon = Annotated[float, Field(gt=0, le=1)]
Clip = Annotated[float, Field(gt=0)]


def _learning_rate(value: Any) -> float | Schedule:  # what stands in the YAML file
    if isinstance(value, Schedule):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 < value <= 1e6:
            return float(value)
    elif isinstance(value, dict) or near_name(value, list(SCHEDULES.entries())):
        return SCHEDULES.read(value)
    raise expected("a number > 0, or a schedule such as {cosine_decay: {...}}")


LearningRate = Annotated[
    float | Schedule,
    ItemOf(SCHEDULES),
    PlainValidator(_learning_rate),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6},
                {ITEM_OF: SCHEDULES.kind},
            ]
        }
    ),
]


class _KerasOptimizer(Optimizer):
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
    def _one_clip(self) -> "_KerasOptimizer":
        clips = [n for n in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, n)]
        if len(clips) > 1:
            raise expected(f"one way of clipping, not {' and '.join(clips)}", (clips[1],))
        return self

    def slots(self) -> int:
        """Those of its rule, and the sum of the gradients where they are accumulated."""
        return self._own_slots() + (self.gradient_accumulation_steps is not None)

    def _own_slots(self) -> int:
        return 2


@OPTIMIZERS.register("adam")
class Adam(_KerasOptimizer):
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
class Nadam(_KerasOptimizer):
    """Adam with Nesterov momentum."""

    learning_rate: LearningRate = Field(1e-3, description="a number or a schedule")
    beta_1: Beta = Field(0.9, description="decay of the mean of the gradients")
    beta_2: Beta = Field(0.999, description="decay of the mean of their squares")
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")


@OPTIMIZERS.register("sgd")
class SGD(_KerasOptimizer):
    """Stochastic gradient descent."""

    learning_rate: LearningRate = Field(1e-2, description="a number or a schedule")
    momentum: Beta = Field(0.0, description="share of the last step that is repeated")
    nesterov: bool = Field(False, description="look ahead along the momentum")

    def _own_slots(self) -> int:
        return int(self.momentum > 0)


@OPTIMIZERS.register("rmsprop")
class RMSprop(_KerasOptimizer):
    """RMSprop."""

    learning_rate: LearningRate = Field(1e-3, description="a number or a schedule")
    rho: Beta = Field(0.9, description="decay of the mean of the squared gradients")
    momentum: Beta = Field(0.0, description="share of the last step that is repeated")
    epsilon: Epsilon = Field(1e-7, description="added to the denominator")
    centered: bool = Field(False, description="divide by the variance instead of the mean square")

    def _own_slots(self) -> int:
        return 1 + (self.momentum > 0) + self.centered


@OPTIMIZERS.register("muon_sgd")
class MuonSGD(_KerasOptimizer):
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

    def build(self, **more: Any) -> Any:
        """Build a Keras optimizer."""
        from cifarcnn.entries.optimizers.muon import MuonSGD

        return MuonSGD(**self.arguments(), **more)

    def _own_slots(self) -> int:
        return 1
