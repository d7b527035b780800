"""Penalties on weights and outputs, as Keras adds them to the training loss."""

from typing import Annotated

from pydantic import Field

from cifarcnn.language.entry_types import REGULARIZERS, Regularizer
from cifarcnn.language.registry import ItemOf

Coefficient = Annotated[float, Field(ge=0)]

OptionalRegularizer = Annotated[Regularizer, ItemOf(REGULARIZERS)] | None

IN_TRAINING = "added to the training loss, not to scores"
"""How the description of each regularizer of a layer ends."""


@REGULARIZERS.register("l1")
class L1(Regularizer):
    """l1 times the sum of the absolute values."""

    l1: Coefficient = Field(0.01, description="the factor")


@REGULARIZERS.register("l2")
class L2(Regularizer):
    """l2 times the sum of the squares; its gradient is 2 * l2 * weight."""

    l2: Coefficient = Field(0.01, description="the factor")


@REGULARIZERS.register("l1_l2")
class L1L2(Regularizer):
    """Both together."""

    l1: Coefficient = Field(0.0, description="the factor of the absolute values")
    l2: Coefficient = Field(0.0, description="the factor of the squares")
