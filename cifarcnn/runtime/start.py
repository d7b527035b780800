"""Importing Keras on its backend, quietly, with every setting made explicitly."""

import importlib.metadata
import logging
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from packaging.version import Version

from cifarcnn.errors import CifarcnnError, UserError
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.processes.machine import processors
from cifarcnn.runtime.backends import BACKENDS, Backend, BackendName
from cifarcnn.runtime.collector import objects_stay
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.environment import ARITHMETIC, prepare_environment
from cifarcnn.runtime.quiet import quiet_stderr

OLDEST_KERAS = "3.15.1"
"""Older ones run code from files that they load; TensorFlow itself would admit them."""

NOT_INSTALLED = "not installed"
PACKAGES = ("cifarcnn", "keras", "numpy", "h5py")


@dataclass(frozen=True)
class Runtime:
    """A backend that is ready to use."""

    backend: BackendName
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
        UserError: the backend is not installed, it cannot use the GPU that was asked for or not
            several, or Keras is too old.
    """
    _require_keras()
    backend = BACKENDS[spec.backend]
    backend.require_installed()
    several = len(device.gpus) > 1
    if several and spec.backend == "jax":
        raise UserError(
            "the backend jax trains on one GPU, not on several",
            hint="choose one with --device gpu:0, or use --backend tensorflow",
        )
    switches = prepare_environment(device, spec)
    # Only once: later there may be garbage of an earlier training, which would stay too.
    with nullcontext() if "keras" in sys.modules else objects_stay():
        with quiet_stderr():
            framework = _imported(spec.backend)
            usable = framework.usable_gpus()
        _configure_keras(spec)
    if device.gpus and usable < len(device.gpus):
        device = _without_gpu(device, backend)
    if spec.deterministic:
        framework.enable_determinism()
    strategy = framework.mirrored(len(device.gpus)) if several and device.gpus else None
    return Runtime(spec.backend, device, switches, strategy)


def _imported(backend: BackendName) -> Any:
    """The module with the calls that only this backend has."""
    if backend == "jax":
        from cifarcnn.runtime import jax_backend

        return jax_backend
    from cifarcnn.runtime import tensorflow_backend

    return tensorflow_backend


def _require_keras() -> None:
    installed = version("keras")
    if installed == NOT_INSTALLED or Version(installed).release < Version(OLDEST_KERAS).release:
        raise UserError(
            f"Keras {OLDEST_KERAS} or newer is needed, since older ones can be made to run code "
            f"by the files that they load; Keras {installed} is installed",
            hint=f"pip install 'keras>={OLDEST_KERAS}'",
        )


def _without_gpu(device: DeviceChoice, backend: Backend) -> DeviceChoice:
    """The driver sees the GPUs, but the backend could not load what it needs to use them."""
    problem = (
        f"{backend.title} {version(backend.packages[0])} cannot use {device} (its CUDA libraries "
        "are missing, or do not fit the driver)"
    )
    if not device.reason.startswith("auto"):
        raise UserError(problem, hint=f"{backend.install_for_gpus}, or use --device cpu")
    return DeviceChoice((), f"auto: {problem}: {backend.install_for_gpus}")


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
    keras.config.set_dtype_policy("float32")  # a network to be trained has one of its own
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)
    keras.config.disable_traceback_filtering()


def versions(backend: BackendName) -> dict[str, str]:
    """The versions of what a result depends on."""
    packages = (*PACKAGES, *BACKENDS[backend].packages)
    return {package: version(package) for package in packages}


def conditions(spec: RuntimeSpec, runtime: Runtime) -> dict[str, str]:
    """What the last bits of a result depend on: versions, device, threads and some switches.

    Unless the spec says how many, the backends take a thread for each processor that this process
    may use; they sum in an order that depends on their number, also with deterministic operations.
    """
    threads = spec.threads or os.environ.get(BACKENDS[spec.backend].threads_variable)
    return versions(spec.backend) | {
        "device": str(runtime.device),
        "threads": str(threads or processors()),
        **{name: runtime.switches.get(name, "not set") for name in ARITHMETIC},
    }


def version(package: str) -> str:
    """The installed version of a package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return NOT_INSTALLED
