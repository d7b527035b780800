"""The calls that only TensorFlow has; imported by `start` once the environment is prepared."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework import config

logging.getLogger("tensorflow").setLevel(logging.ERROR)  # such as: several networks were compiled


def usable_gpus() -> int:
    """How many GPUs TensorFlow can use."""
    return len(tf.config.list_physical_devices("GPU"))


def set_determinism(wanted: bool) -> None:
    """Let every operation give the same result every time, or fail; or no longer do so."""
    if wanted:
        tf.config.experimental.enable_op_determinism()
    elif config.is_op_determinism_enabled():
        config.disable_op_determinism()


def batches(array: NDArray[Any], batch_size: int) -> Any:
    """A tf.data.Dataset over batches of an array, in their order."""
    data = tf.data.Dataset.from_tensor_slices(array).batch(batch_size).prefetch(2)
    return data.with_options(_options())


def batches_of(
    batch: Callable[[int], tuple[NDArray[Any], ...]],
    steps: int,
    like: Sequence[NDArray[Any]],
    ahead: bool,
) -> Any:
    """A tf.data.Dataset over what `batch` gives for each step: rows of arrays such as `like`.

    With `ahead` they are made in a thread, up to two steps before they are asked for.

    TensorFlow holds no copy of the arrays, which it would keep until the next epoch has begun.
    """
    types = [array.dtype for array in like]
    shapes = [(None, *array.shape[1:]) for array in like]

    # AutoGraph fails here on Python 3.13 and then keeps the function, with all that it holds.
    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def rows(step: Any) -> Any:
        given = tf.numpy_function(batch, [step], types, stateful=False)
        for tensor, shape in zip(given, shapes, strict=True):
            tensor.set_shape(shape)
        return tuple(given)

    data = tf.data.Dataset.range(steps).map(rows)
    return (data.prefetch(2) if ahead else data).with_options(_options())


def _options() -> Any:
    """Without the tuner that Keras' own data set has when it is given arrays.

    It sleeps between its looks, 10 ms * (2^n - 1) after the beginning, and often is not woken when
    the data are at an end: an epoch of 25 seconds may end after 41.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options


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
