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


def batches(arrays: tuple[Any, ...], batch_size: int) -> Any:
    """A tf.data.Dataset over batches of equally long arrays, in their order.

    Given arrays, Keras makes one that tunes itself, which costs more than it gains: when it is
    through, it sleeps on until the tuner's next look, 10 ms * (2^n - 1) after its beginning, so
    that an epoch of 25 seconds may end after 41.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)
    return data.prefetch(2).with_options(options)


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
