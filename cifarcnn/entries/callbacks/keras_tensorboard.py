"""Keras' TensorBoard callback, made so that its logs are those of an unbroken run.

Keras' own counts epochs from 0, keeps events in memory for minutes, writes an epoch again that a
resumed run trains again, and tells the learning rate that callbacks have already changed.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from cifarcnn.runtime.keras_internals import (
    batches_seen,
    flush_logs,
    log_learning_rate,
    schedule_of,
)


def tensorboard_callback(**arguments: Any) -> Any:  # a Keras callback
    """Build the callback; the arguments are those of `keras.callbacks.TensorBoard`."""
    each_batch = arguments.get("update_freq", "epoch") != "epoch"
    return (_TensorBoardOfBatches if each_batch else _TensorBoard)(**arguments)


class _TensorBoard(keras.callbacks.TensorBoard):  # type: ignore[misc]
    _rate = 0.0
    _begun = False
    _failure: str | None = None
    """Why something could not be written since the last epoch."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        log_learning_rate(self, self._rate_of_last_step)

    def set_model(self, model: Any) -> None:
        """Write the network's graph, which Keras does only for models of its own class."""
        if self.write_graph:
            with self._noting_failure():
                super().set_model(keras.Model(model.inputs, model.outputs))
            keras.callbacks.Callback.set_model(self, model)
        else:
            super().set_model(model)

    def on_train_begin(self, logs: Any = None) -> None:
        with self._noting_failure():
            super().on_train_begin(logs)
            self._begun = True

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self._rate = float(self.model.optimizer.learning_rate)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the epoch to disk at once.

        Raises:
            OSError: it, or a batch of it, could not be written.
        """
        with self._noting_failure():
            super().on_epoch_end(epoch + 1, logs)
            flush_logs(self)
        failure, self._failure = self._failure, None
        if failure:
            raise OSError(failure)

    def on_train_end(self, logs: Any = None) -> None:
        if self._begun:
            with self._noting_failure():  # the last epoch has told of it
                super().on_train_end(logs)

    @contextlib.contextmanager
    def _noting_failure(self) -> Iterator[None]:
        """TensorFlow's errors are none of the system's, which the training knows how to take."""
        try:
            yield
        except tf.errors.OpError as error:
            self._failure = str(error.message).rpartition("}} ")[2].partition(" [Op:")[0]

    def _rate_of_last_step(self) -> float:
        """The rate of the epoch's last step, as in the history.

        A schedule is asked for it; any other rate was the same in all of the epoch, and callbacks
        before this one may have changed it for the next.
        """
        if schedule := schedule_of(self.model.optimizer):
            return float(schedule(batches_seen(self.model.optimizer) - 1))
        return self._rate


class _TensorBoardOfBatches(_TensorBoard):
    """The one that looks at every step; only where that is asked for, since it costs time."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._begun:
            with self._noting_failure():
                super().on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._begun:
            with self._noting_failure():
                super().on_train_batch_end(batch, logs)
