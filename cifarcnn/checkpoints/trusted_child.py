"""Runs in a child process: lets Keras load a checkpoint in safe mode, and predicts with it.

    python -P -m cifarcnn.checkpoints.trusted_child CHECKPOINT IMAGES OUTPUT SCALE MEGABYTES

IMAGES and OUTPUT are `.npy` files; a refusal is that of `cifarcnn.processes.limits`.
"""

import sys
from typing import Any

import numpy as np

from cifarcnn.language.constants import CLASSES, EVALUATION_BATCH, IMAGE_SHAPE
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.processes.limits import Refused, limited_memory, limited_time, refuse
from cifarcnn.processes.machine import machine_memory
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.failures import failure_in_words
from cifarcnn.runtime.start import start_on

_SECONDS_TO_LOAD = 60


def main(checkpoint: str, images: str, output: str, scale: str, megabytes: str) -> int:
    """Predict with one checkpoint; returns the exit code."""
    start_on(choose_device("cpu"), RuntimeSpec())
    try:
        model = _load(checkpoint, int(megabytes) * 1024 * 1024)
        _require_shapes(model)
        np.save(output, _predicted(model, np.load(images, allow_pickle=False), float(scale)))
    except Refused as reason:
        return refuse(reason)
    return 0


def _load(path: str, memory: int) -> Any:  # a Keras model
    import keras

    keras.ops.matmul(keras.ops.ones((8, 8)), keras.ops.ones((8, 8)))  # its threads take memory
    try:
        with limited_time(_SECONDS_TO_LOAD), limited_memory(memory):
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except MemoryError:
        raise Refused("its network needs more memory than its weights account for") from None
    except Exception as error:
        raise Refused(_in_one_line(error)) from error


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
        raise Refused(
            f"its network goes from {given} to {gives}; expected {expected[0]} to {expected[1]}"
        )


def _predicted(model: Any, images: Any, scale: float) -> Any:
    """What the model gives, within the memory of this machine."""
    try:
        with limited_memory(machine_memory()):
            return _predict(model, images, scale)
    except Exception as error:
        if failure_in_words(error) is None:
            raise
        raise Refused("running its network takes more memory than this machine has") from error


def _predict(model: Any, images: Any, scale: float) -> Any:
    parts = []
    for start in range(0, len(images), EVALUATION_BATCH):
        batch = images[start : start + EVALUATION_BATCH].astype(np.float32) * np.float32(scale)
        parts.append(np.asarray(model.predict_on_batch(batch), np.float32))
    return np.concatenate(parts)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
