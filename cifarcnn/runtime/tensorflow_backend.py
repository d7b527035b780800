"""The calls that only TensorFlow has; imported by `start` once the environment is prepared."""

from collections.abc import Sequence
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
