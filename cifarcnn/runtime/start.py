"""Importing Keras on its backend, quietly, with every setting made explicitly."""

import importlib.metadata
import logging
import os
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from cifarcnn.errors import CifarcnnError, UserError
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.environment import prepare_environment, processors
from cifarcnn.runtime.quiet import quiet_stderr
from cifarcnn.spec.schema import RuntimeSpec

OLDEST_KERAS = "3.15.1"
"""Older ones run code from files that they load; TensorFlow itself would admit them."""

PACKAGES = ("cifarcnn", "tensorflow", "keras", "numpy", "h5py")


@dataclass(frozen=True)
class Runtime:
    """A backend that is ready to use."""

    backend: str
    device: DeviceChoice
    switches: dict[str, str]
    strategy: Any = None
    """The tf.distribute strategy for several GPUs, else None."""

    def scope(self) -> AbstractContextManager[Any]:
        """Inside it networks are built and compiled for all devices."""
        scope: AbstractContextManager[Any] = (
            self.strategy.scope() if self.strategy else nullcontext()
        )
        return scope

    @property
    def replicas(self) -> int:
        """Copies of the network that train side by side."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1


def start_on(device: DeviceChoice, spec: RuntimeSpec) -> Runtime:
    """Import Keras and its backend for a device that has been chosen, and set them up.

    Raises:
        UserError: TensorFlow cannot use the GPU that was asked for, or Keras is too old.
    """
    _require_keras()
    switches = prepare_environment(device, spec)
    with quiet_stderr():
        from cifarcnn.runtime import tensorflow_backend

        usable = tensorflow_backend.usable_gpus()
    if device.gpus and usable < len(device.gpus):
        device = _without_gpu(device)
    _configure_keras(spec)
    if spec.deterministic:
        tensorflow_backend.enable_determinism()
    strategy = tensorflow_backend.mirrored(len(device.gpus)) if len(device.gpus) > 1 else None
    return Runtime(spec.backend, device, switches, strategy)


def _require_keras() -> None:
    installed = version("keras")
    if _numbers(installed) < _numbers(OLDEST_KERAS):
        raise UserError(
            f"Keras {OLDEST_KERAS} or newer is needed, since older ones can be made to run code "
            f"by the files that they load; Keras {installed} is installed",
            hint=f"pip install 'keras>={OLDEST_KERAS}'",
        )


def _numbers(installed: str) -> tuple[int, ...]:
    """Such as (3, 15, 1) for 3.15.1 and 3.15.1rc1; nothing is older than everything."""
    return tuple(int(number) for number in re.findall(r"\d+", installed)[:3])


def _without_gpu(device: DeviceChoice) -> DeviceChoice:
    """The driver sees the GPUs, but TensorFlow could not load what it needs to use them."""
    problem = (
        f"TensorFlow {version('tensorflow')} cannot use {device} (its CUDA libraries are missing)"
    )
    if not device.reason.startswith("auto"):
        raise UserError(problem, hint="pip install 'cifarcnn[gpu]', or use --device cpu")
    return DeviceChoice((), f"auto: {problem}: pip install 'cifarcnn[gpu]'")


def _configure_keras(spec: RuntimeSpec) -> None:
    """Say explicitly what a user's keras.json could otherwise change."""
    import keras

    logging.getLogger("absl").setLevel(logging.ERROR)
    if keras.backend.backend() != spec.backend:
        raise CifarcnnError(
            f"Keras was already imported with the {keras.backend.backend()} backend; "
            f"expected {spec.backend}"
        )
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy(spec.precision)
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)
    keras.config.disable_traceback_filtering()


def versions() -> dict[str, str]:
    """The versions of what a result depends on."""
    return {package: version(package) for package in PACKAGES}


def conditions() -> dict[str, str]:
    """What the last bits of a result depend on: the versions, and the number of threads.

    TensorFlow takes a thread for each processor that this process may use, and sums in an order
    that depends on their number, also with deterministic operations.
    """
    return versions() | {"threads": os.environ.get("TF_NUM_INTRAOP_THREADS") or str(processors())}


def version(package: str) -> str:
    """The installed version of a package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
