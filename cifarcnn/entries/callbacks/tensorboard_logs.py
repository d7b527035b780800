"""Keras' TensorBoard callback, made so that its logs are those of an unbroken run.

Keras' own counts epochs from 0, keeps events in memory for minutes, writes an epoch again that a
resumed run trains again, and tells the learning rate that callbacks have already changed.
"""

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from google.protobuf.message import DecodeError

from cifarcnn.files.atomic import write_bytes
from cifarcnn.runtime.keras_internals import batches_seen, unscaled


def tensorboard_callback(**arguments: Any) -> Any:  # a Keras callback
    """Build the callback; the arguments are those of `keras.callbacks.TensorBoard`."""
    each_batch = arguments.get("update_freq", "epoch") != "epoch"
    return (_TensorBoardOfBatches if each_batch else _TensorBoard)(**arguments)


class _TensorBoard(keras.callbacks.TensorBoard):  # type: ignore[misc]
    _rate = 0.0
    _begun = False
    _failure: str | None = None
    """Why something could not be written since the last epoch."""

    def on_train_begin(self, logs: Any = None) -> None:
        with self._noting_failure():
            super().on_train_begin(logs)
            self._begun = True

    def _write_keras_model_summary(self) -> None:
        """Write the network's graph, which Keras does only for models of its own class."""
        model = self.model
        self._model = keras.Model(model.inputs, model.outputs)
        with self._noting_failure():
            super()._write_keras_model_summary()
        self._model = model

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
            for writer in self._writers.values():
                writer.flush()
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

    def _collect_learning_rate(self, logs: dict[str, Any]) -> dict[str, Any]:
        """The rate of the epoch's last step, as in the history.

        A schedule is asked for it; any other rate was the same in all of the epoch, and callbacks
        before this one may have changed it for the next.
        """
        schedule = unscaled(self.model.optimizer)._learning_rate
        if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            last = batches_seen(self.model.optimizer) - 1
            return logs | {"learning_rate": float(schedule(last))}
        return logs | {"learning_rate": self._rate}


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


def forget_later_epochs(folder: Path, epoch: int) -> None:
    """Cut off the events after an epoch, which a run that goes on from there writes again.

    Raises:
        OSError: a file could not be read or written.
    """
    for file in sorted(folder.glob("*/events.out.tfevents.*")):
        content = file.read_bytes()
        end = _end_of(epoch, content)
        if end < len(content):
            write_bytes(file, content[:end])


def _end_of(epoch: int, content: bytes) -> int:
    """Where the events up to the end of an epoch end; those of its batches stand before its own."""
    end = 0
    for event, after in _events(content):
        tags = [value.tag for value in event.summary.value]
        if any(tag.startswith("batch_") for tag in tags):
            continue
        of_epoch = any(tag.startswith("epoch_") or tag.endswith("/histogram") for tag in tags)
        if of_epoch and event.step > epoch:
            break
        end = after
    return end


_LENGTH = struct.Struct("<Q")
_HEAD, _TAIL = 12, 4
"""Bytes of a record before its content (the length and its checksum) and after it (a checksum)."""


def _events(content: bytes) -> Iterator[tuple[Any, int]]:
    """The events of a file, each with the place where it ends, up to one that is cut off.

    Format: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
    """
    start = 0
    while start + _HEAD <= len(content):
        (length,) = _LENGTH.unpack_from(content, start)
        after = start + _HEAD + length + _TAIL
        if after > len(content):
            return
        try:
            event = tf.compat.v1.Event.FromString(content[start + _HEAD : after - _TAIL])
        except DecodeError:
            return
        yield event, after
        start = after
