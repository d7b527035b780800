"""Variables that train in the first epochs only, such as the bias of `patch_whitening`."""

from collections.abc import Sequence
from typing import Any

import keras

from cifarcnn.runtime.keras_internals import batches_seen
from cifarcnn.training.variables import assign, copies


class Freezing:
    """Holds variables at the values that they have after so many steps.

    Keras would need the training step compiled anew for fewer variables, and its optimizers on JAX
    refuse that. Here a step trains them all, and what it did to a frozen one is undone: gradients,
    momentum and weight decay alike.
    """

    def __init__(self, variables: Sequence[tuple[Any, int]], optimizer: Any) -> None:
        """Take variables, each with the number of steps in which it trains."""
        self._variables = [variable for variable, _ in variables]
        self._steps = [steps for _, steps in variables]
        self._optimizer = optimizer
        self.kept = [
            keras.Variable(value, dtype=variable.dtype, trainable=False, name=f"frozen_{number}")
            for number, (variable, value) in enumerate(
                zip(self._variables, copies(self._variables), strict=True)
            )
        ]

    def start(self) -> None:
        """Begin with the network as it is, in a new run as in a resumed one."""
        assign(self.kept, copies(self._variables))

    def after_step(self) -> None:
        """Take over what a step gave the variables, or put back what they were."""
        step = keras.ops.convert_to_tensor(batches_seen(self._optimizer))
        for variable, kept, steps in zip(self._variables, self.kept, self._steps, strict=True):
            value = keras.ops.where(step <= steps, variable.value, kept.value)
            kept.assign(value)
            variable.assign(value)
