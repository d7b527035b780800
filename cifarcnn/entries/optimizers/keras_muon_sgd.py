"""Muon for the kernels of convolutions, and SGD for all other variables, as a Keras optimizer."""

import math
from typing import Any

import keras
from keras import ops

from cifarcnn.runtime.keras_internals import index_of

_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients with a steep slope at zero; https://kellerjordan.github.io/posts/muon/."""


class MuonSGD(keras.optimizers.Optimizer):  # type: ignore[misc]
    """The optimizer of the entry `muon_sgd`; its arguments are explained there."""

    def __init__(
        self,
        learning_rate: Any,
        *,
        momentum: float,
        ns_steps: int,
        normalize: bool,
        sgd_lr_ratio: float,
        sgd_momentum: float,
        **of_keras: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name="muon_sgd", **of_keras)
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.normalize = normalize
        self.sgd_lr_ratio = sgd_lr_ratio
        self.sgd_momentum = sgd_momentum

    def build(self, variables: list[Any]) -> None:
        """Make one slot for each variable."""
        if self.built:
            return
        super().build(variables)
        self.momentums = [
            self.add_variable_from_reference(variable, name="momentum") for variable in variables
        ]
        kernels = [variable for variable in variables if _is_kernel(variable)]
        self._kernels = {index_of(self, kernel) for kernel in kernels}
        self.exclude_from_weight_decay(kernels)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable, with Nesterov momentum."""
        index = index_of(self, variable)
        slot = self.momentums[index]
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        if index in self._kernels:
            self._muon(gradient, variable, slot, rate)
        else:
            self._sgd(gradient, variable, slot, rate * self.sgd_lr_ratio)

    def _muon(self, gradient: Any, variable: Any, slot: Any, rate: Any) -> None:
        filters = variable.shape[-1]
        momentum = slot * self.momentum + gradient
        ahead = ops.reshape(gradient + momentum * self.momentum, (-1, filters))
        update = ops.reshape(orthogonalized(ahead, self.ns_steps), variable.shape)
        kernel = ops.convert_to_tensor(variable)
        if self.normalize:
            kernel = kernel * (math.sqrt(filters) / _norm(kernel))
        self.assign(slot, momentum)
        self.assign(variable, kernel - rate * update)

    def _sgd(self, gradient: Any, variable: Any, slot: Any, rate: Any) -> None:
        momentum = slot * self.sgd_momentum - rate * gradient
        self.assign(slot, momentum)
        self.assign_add(variable, momentum * self.sgd_momentum - rate * gradient)


def orthogonalized(matrix: Any, steps: int) -> Any:
    """A matrix with the same singular vectors and singular values of about 1, from 0.5 to 1.5.

    Each step is X <- aX + (bA + cA^2)X with A = XX^T, for the matrix divided by its norm; if it has
    more rows than columns, its mirror image X <- aX + X(bA + cA^2) with A = X^T X, in place of two
    transpositions.
    """
    a, b, c = _QUINTIC
    rows, columns = matrix.shape
    x = matrix / _norm(matrix)
    tall = rows > columns
    for _ in range(steps):
        square = ops.matmul(ops.transpose(x), x) if tall else ops.matmul(x, ops.transpose(x))
        change = b * square + c * ops.matmul(square, square)
        x = a * x + (ops.matmul(x, change) if tall else ops.matmul(change, x))
    return x


def _norm(tensor: Any) -> Any:
    """The root of the sum of squares; never 0."""
    return ops.sqrt(ops.sum(ops.square(tensor))) + 1e-7


def _is_kernel(variable: Any) -> bool:
    """Whether it is of a convolution; a depthwise kernel is no matrix with a column per filter."""
    return len(variable.shape) == 4 and "depthwise" not in variable.path
