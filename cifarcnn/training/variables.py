"""The values of Keras variables, out and in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def copies(variables: Sequence[Any]) -> list[NDArray[Any]]:
    """The values as arrays of their own, which later steps leave alone."""
    return [np.array(np.asarray(variable)) for variable in variables]


def assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    """Give variables the values of arrays, tensors or other variables of the same shapes."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
