"""The private parts of Keras that this program uses, and no other module may.

Each has a test in `tests/runtime/test_keras_internals.py`, written for the Keras that is named
there; `pyproject.toml` admits no Keras that those tests have not seen.
"""

from collections.abc import Callable
from typing import Any

TENSORBOARD_STEP = "_global_train_batch"
"""The attribute of `keras.callbacks.TensorBoard` that counts the batches of all epochs.

A resumed run must continue to count; Keras begins at 0.
"""


def keep_tensorflow_out() -> None:
    """Tell Keras that TensorFlow is not installed, for a run on another backend.

    Wherever TensorFlow is installed, Keras imports it on JAX too, to ask whether an object is one
    of its own: seconds and several hundred megabytes for nothing. It has no switch for that.
    """
    from keras.src.utils import module_utils

    module_utils.tensorflow._available = False


def build_metrics(model: Any, images: Any, labels: Any) -> None:
    """Make the variables of a compiled model's metrics, which need shapes, from a batch.

    A public call that shows them a batch would compute a step.
    """
    model._symbolic_build(data_batch=(images, labels, None))


def unscaled(optimizer: Any) -> Any:
    """The optimizer of the spec, which Keras wraps for `mixed_float16` to scale the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def batches_seen(optimizer: Any) -> Any:
    """How many batches a Keras optimizer has seen, by which its schedule goes.

    Its `iterations` are the updates of the weights, fewer with `gradient_accumulation_steps`.
    """
    return unscaled(optimizer)._iterations


def schedule_of(optimizer: Any) -> Callable[[Any], Any] | None:
    """The learning-rate schedule of a Keras optimizer, if it has one.

    Its `learning_rate` is the schedule's rate after the last step, not the schedule.
    """
    import keras

    rate = unscaled(optimizer)._learning_rate
    return rate if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else None


def index_of(optimizer: Any, variable: Any) -> int:
    """The place of a variable among those of a Keras optimizer, which may be asked while traced.

    There is no public way from a variable to its slot.
    """
    index: int = optimizer._get_variable_index(variable)
    return index


def log_learning_rate(callback: Any, rate: Callable[[], float]) -> None:
    """Let a TensorBoard callback write this learning rate at the end of an epoch.

    Keras writes the rate that callbacks have already set for the next epoch.
    """
    callback._collect_learning_rate = lambda logs: logs | {"learning_rate": rate()}


def flush_logs(callback: Any) -> None:
    """Write to disk what a TensorBoard callback holds; it would keep events for two minutes."""
    for writer in callback._writers.values():
        writer.flush()
