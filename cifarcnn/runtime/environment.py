"""The environment variables that must stand before TensorFlow and Keras are imported."""

import os
from collections.abc import MutableMapping

from cifarcnn.runtime.devices import VISIBLE, DeviceChoice

SWITCHES = {
    # On CPUs without AVX512-VNNI or AMX, TensorFlow leaves oneDNN off; training is up to 1.8 times
    # faster with it.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    # Memory grows on demand; otherwise TensorFlow takes all of each GPU at once.
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
}
"""Set unless the user has set them; recorded with every run."""

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "ERROR", "GLOG_minloglevel": "3"}

_CUT_SHORT = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED")
"""Variables with which Keras would silently train less, or differently."""


def prepare_environment(
    device: DeviceChoice,
    backend: str = "tensorflow",
    environment: MutableMapping[str, str] | None = None,
) -> dict[str, str]:
    """Set the variables for a run; returns the switches in force, for the record."""
    env = os.environ if environment is None else environment
    env["KERAS_BACKEND"] = backend
    env[VISIBLE] = device.visible_devices
    env["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # the order of nvidia-smi
    for name, value in {**SWITCHES, **_QUIET}.items():
        env.setdefault(name, value)
    for name in _CUT_SHORT:
        env.pop(name, None)
    return {name: env[name] for name in SWITCHES}
