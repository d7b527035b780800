"""The slow copy of a network's state, kept beside a Keras model while it is trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from cifarcnn.language.entry_types import WeightAveraging
from cifarcnn.runtime.keras_internals import batches_seen
from cifarcnn.training.variables import assign, copies


class Averages:
    """The averaged state of a model: its float variables, so not the seeds of its dropout."""

    def __init__(self, entry: WeightAveraging, model: Any) -> None:
        self._entry = entry
        self._fast = [v for v in model.variables if keras.backend.is_float_dtype(v.dtype)]
        self._optimizer = model.optimizer
        self.kept = [
            keras.Variable(value, dtype=v.dtype, trainable=False, name=f"average_{number}")
            for number, (v, value) in enumerate(zip(self._fast, copies(self._fast), strict=True))
        ]

    def start(self) -> None:
        """Begin with the network as it is."""
        assign(self.kept, copies(self._fast))

    def after_step(self) -> None:
        """Follow one optimizer step; runs inside the compiled step."""
        averaged = self._entry.after_step(
            [v.value for v in self._fast],
            [v.value for v in self.kept],
            keras.ops.convert_to_tensor(batches_seen(self._optimizer)),
        )
        assign(self._fast, averaged.fast)
        assign(self.kept, averaged.slow)

    def adopt(self) -> None:
        """Give the network the averaged state for good."""
        # On JAX two variables may share one tensor, which a compiled step then overwrites.
        assign(self._fast, copies(self.kept))

    @contextmanager
    def in_network(self) -> Iterator[None]:
        """Give the network the averaged state for a while."""
        fast = copies(self._fast)
        self.adopt()
        try:
            yield
        finally:
            assign(self._fast, fast)
