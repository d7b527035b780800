"""Runs in a child process: lets Keras load a checkpoint in safe mode, and predicts with it.

    python -m cifarcnn.checkpoints.trusted_child CHECKPOINT IMAGES OUTPUT SCALE MEGABYTES

IMAGES and OUTPUT are `.npy` files. A refusal is one line on standard output and exit code 3.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from cifarcnn.checkpoints.trusted import REFUSED
from cifarcnn.language.constants import CLASSES, EVALUATION_BATCH, IMAGE_SHAPE
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.processes.machine import machine_memory
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.failures import failure_in_words
from cifarcnn.runtime.start import start_on

_SECONDS_TO_LOAD = 60


class _Refused(Exception):  # noqa: N818 - an answer, not a failure
    """The message says why."""


def main(checkpoint: str, images: str, output: str, scale: str, megabytes: str) -> int:
    """Predict with one checkpoint; returns the exit code."""
    start_on(choose_device("cpu"), RuntimeSpec())
    try:
        model = _load(checkpoint, int(megabytes) * 1024 * 1024)
        _require_shapes(model)
        np.save(output, _predicted(model, np.load(images, allow_pickle=False), float(scale)))
    except _Refused as reason:
        print(reason)
        return REFUSED
    return 0


def _load(path: str, memory: int) -> Any:  # a Keras model
    import keras

    keras.ops.matmul(keras.ops.ones((8, 8)), keras.ops.ones((8, 8)))  # its threads take memory
    try:
        with _limit_of_time(), _limit_of_memory(memory):
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except MemoryError:
        raise _Refused("its network needs more memory than its weights account for") from None
    except Exception as error:
        raise _Refused(_in_one_line(error)) from error


@contextmanager
def _limit_of_time() -> Iterator[None]:
    """This process dies if the block takes too long."""
    signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_LOAD)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _limit_of_memory(memory: int | None) -> Iterator[None]:
    """Bound what is taken until the block ends, if it is known; beyond it this process may die."""
    if sys.platform != "linux" or memory is None:
        yield
        return
    import resource

    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + memory, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))


def _in_one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if "safe_mode" in text:
        return f"Keras' safe mode: {text.partition('. ')[0][:200]}"
    if "OOM when allocating" in text:
        return "its network needs more memory than its weights account for"
    return f"Keras cannot load it: {text[:200]}"


def _require_shapes(model: Any) -> None:
    """One input of images and one output of classes."""
    given, gives = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    expected = (None, *IMAGE_SHAPE), (None, CLASSES)
    if (given, gives) != expected:
        raise _Refused(
            f"its network goes from {given} to {gives}; expected {expected[0]} to {expected[1]}"
        )


def _predicted(model: Any, images: Any, scale: float) -> Any:
    """What the model gives, within the memory of this machine."""
    try:
        with _limit_of_memory(machine_memory()):
            return _predict(model, images, scale)
    except Exception as error:
        if failure_in_words(error) is None:
            raise
        raise _Refused("running its network takes more memory than this machine has") from error


def _predict(model: Any, images: Any, scale: float) -> Any:
    parts = []
    for start in range(0, len(images), EVALUATION_BATCH):
        batch = images[start : start + EVALUATION_BATCH].astype(np.float32) * np.float32(scale)
        parts.append(np.asarray(model.predict_on_batch(batch), np.float32))
    return np.concatenate(parts)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
