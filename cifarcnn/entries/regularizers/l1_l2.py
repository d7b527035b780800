"""Penalties on absolute values and on squares."""

from pydantic import Field

from cifarcnn.entries.regularizers.arguments import Coefficient
from cifarcnn.language.entry_types import REGULARIZERS, Regularizer


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
