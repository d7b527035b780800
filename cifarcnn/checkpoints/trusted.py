"""Predictions of a network outside the registry, which Keras loads itself because the user asked.

`evaluate --trust` leads here, after the file has passed `read.py`'s child process. Keras' safe mode
keeps code in the file from being run, but loading still means that Keras calls whatever of its own
objects the config names. So only objects of modeling are admitted, and all of it happens in another
child process (`trusted_child.py`), with limits of memory and time for the loading.
"""

import signal
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.checkpoints.read import ForeignNetworkError
from cifarcnn.errors import UserError
from cifarcnn.processes.run_module import run_module

_MEMORY_BESIDE_THE_FILE = 512
"""MiB that loading may take on top of some times the file's size."""

_MODULES = {
    *("keras", "keras.layers", "keras.models", "keras.initializers", "keras.regularizers"),
    *("keras.constraints", "keras.activations", "keras.dtype_policies"),
}
_INNER_MODULES = ("keras.src.models.", "keras.src.layers.", "keras.src.ops.")
_FUNCTION_MODULES = {"builtins", "keras.activations", "keras.initializers", "keras.regularizers"}
_SPECIAL = {"__keras_tensor__", "__tensor__", "__numpy__", "__slice__", "__lambda__"}
"""What Keras writes for values; it refuses `__lambda__` itself, in safe mode."""


def predict_trusted(
    file: ForeignNetworkError, images: NDArray[np.uint8], scale: float
) -> NDArray[np.float32]:
    """What the network of a file gives for images, (N, 10); it runs on the CPU.

    Args:
        file: The refusal of the file, whose network is now to be loaded nevertheless.
        images: Pixels from 0 to 255, of shape (N, 32, 32, 3).
        scale: What the pixels are multiplied with first.

    Raises:
        UserError: Keras refuses the file in safe mode, it takes too much memory or time, its
            network is not one from (32, 32, 3) to (10), or gives what is not a number.
    """
    _require_modeling(file)
    with tempfile.TemporaryDirectory(prefix="cifarcnn-") as folder:
        given, output = Path(folder) / "images.npy", Path(folder) / "outputs.npy"
        np.save(given, images)
        megabytes = _MEMORY_BESIDE_THE_FILE + 8 * file.path.stat().st_size // 1024**2
        named = Path(folder) / f"checkpoint{file.suffix}"  # by which Keras chooses how to read it
        named.symlink_to(file.path.absolute())
        words = (named, given, output, scale, megabytes)
        child = run_module("cifarcnn.checkpoints.trusted_child", *words)
        if child.refusal is not None:
            raise UserError(f"{file.path} is refused: {child.refusal}")
        if child.exit_code != 0:
            reason = child.failure(
                {signal.SIGALRM: "loading it takes too long"},
                "loading or running it ends the process",
                "it cannot be loaded",
            )
            raise UserError(f"{file.path} is refused: {reason}")
        outputs: NDArray[np.float32] = np.load(output, allow_pickle=False)
    if not np.isfinite(outputs).all():
        raise UserError(f"{file.path}: its network gives outputs that are not finite numbers")
    return outputs


def _require_modeling(file: ForeignNetworkError) -> None:
    """Admit only Keras' own layers, models, initializers and the like by name.

    Keras refuses functions by a list of known dangers; here they are admitted by a list.
    """
    pending = [file.config]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            pending.extend(value[key] for key in value if key != "compile_config")
            if "class_name" in value and not _is_modeling(value):
                named = f"{value.get('module')}.{value['class_name']} {value.get('config')}"
                raise UserError(
                    f"{file.path} is refused: its config names {named!r:.100}, which is no layer, "
                    "activation, initializer, regularizer or constraint of Keras"
                )


def _is_modeling(value: dict[str, Any]) -> bool:
    name, module = value["class_name"], value.get("module")
    if not isinstance(name, str) or not (module is None or isinstance(module, str)):
        return False
    if name == "function":
        inner = value.get("config")
        return module in _FUNCTION_MODULES and isinstance(inner, str) and inner.isidentifier()
    if name in _SPECIAL:
        return True
    known = module is None or module in _MODULES or module.startswith(_INNER_MODULES)
    custom = value.get("registered_name") not in (None, name)
    return known and not custom and name.isidentifier() and name[0].isupper()
