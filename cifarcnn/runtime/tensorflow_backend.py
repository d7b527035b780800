"""The calls that only TensorFlow has; imported by `start` once the environment is prepared."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf


def usable_gpus() -> int:
    """How many GPUs TensorFlow can use."""
    return len(tf.config.list_physical_devices("GPU"))


def enable_determinism() -> None:
    """Let every operation give the same result every time, or fail."""
    tf.config.experimental.enable_op_determinism()


def mirrored(gpus: int) -> Any:  # TensorFlow has no type hints
    """A strategy that trains one copy of the network on each GPU, each on a part of the batch."""
    return mirrored_over([f"GPU:{index}" for index in range(gpus)])


def mirrored_over(devices: Sequence[str]) -> Any:
    """A mirrored strategy over devices by their TensorFlow names."""
    return tf.distribute.MirroredStrategy(list(devices))


@contextmanager
def inlined_functions() -> Iterator[None]:
    """Trace what Keras compiles by itself (convolutions in groups) as part of the network.

    Converters of graphs do not look into such a function.
    """
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
