"""The types of the regularizers' arguments, and of arguments that are regularizers."""

from typing import Annotated

from pydantic import Field

from cifarcnn.language.entry_types import REGULARIZERS, Regularizer
from cifarcnn.language.registry import ItemOf

Coefficient = Annotated[float, Field(ge=0)]


OptionalRegularizer = Annotated[Regularizer, ItemOf(REGULARIZERS)] | None


IN_TRAINING = "added to the training loss, not to scores"
"""How the description of each regularizer of a layer ends."""
