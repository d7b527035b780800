"""TensorBoard's event files, cut off after an epoch."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf
from google.protobuf.message import DecodeError

from cifarcnn.files.atomic import write_bytes


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
