"""The environment variables that must stand before Keras and its backend are imported."""

import os
from collections.abc import MutableMapping

from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.processes.environment import note_changes
from cifarcnn.processes.machine import processors
from cifarcnn.runtime.backends import BACKENDS
from cifarcnn.runtime.devices import VISIBLE, DeviceChoice

SWITCHES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "JAX_PLATFORMS",
    "PJRT_NPROC",
    "XLA_FLAGS",
    "XLA_PYTHON_CLIENT_PREALLOCATE",
    "JAX_DEFAULT_MATMUL_PRECISION",
    "NVIDIA_TF32_OVERRIDE",
)
"""What a run's speed, and the last bits of its result, depend on; recorded with every run."""

ARITHMETIC = (
    "TF_ENABLE_ONEDNN_OPTS",
    "XLA_FLAGS",
    "JAX_DEFAULT_MATMUL_PRECISION",
    "NVIDIA_TF32_OVERRIDE",
)
"""Those of them that change how a number is computed, and not only when or where."""

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "ERROR", "GLOG_minloglevel": "3"}

_CUT_SHORT = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED")
_CHANGED = ("JAX_DISABLE_JIT", "JAX_ENABLE_X64", "JAX_DEFAULT_PRNG_IMPL")
"""Variables with which Keras or JAX would silently train less, or differently."""

_DETERMINISTIC = "xla_gpu_deterministic_ops"


def prepare_environment(
    device: DeviceChoice,
    spec: RuntimeSpec,
    environment: MutableMapping[str, str] | None = None,
) -> dict[str, str]:
    """Set the variables for a run; returns the switches in force, for the record.

    A switch that stands in the environment stays as it is, unless the spec says something.
    """
    if environment is None:
        before = dict(os.environ)
        switches = prepare_environment(device, spec, os.environ)
        note_changes(before)
        return switches
    env = environment
    env["KERAS_BACKEND"] = spec.backend
    env[VISIBLE] = device.visible_devices
    env["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # the order of nvidia-smi
    defaults = _jax_switches if spec.backend == "jax" else _tensorflow_switches
    for name, value in {**defaults(device, spec), **_QUIET}.items():
        env.setdefault(name, value)
    if spec.threads is not None:
        env[BACKENDS[spec.backend].threads_variable] = str(spec.threads)
    if spec.backend == "jax":
        _say_platform(device, spec, env)
    elif spec.onednn is not None:
        env["TF_ENABLE_ONEDNN_OPTS"] = str(int(spec.onednn))
    for name in _CUT_SHORT + _CHANGED:
        env.pop(name, None)
    return {name: env[name] for name in SWITCHES if name in env}


def _tensorflow_switches(device: DeviceChoice, spec: RuntimeSpec) -> dict[str, str]:
    return {
        # On CPUs without AVX512-VNNI or AMX, TensorFlow leaves oneDNN off; training is up to 1.8
        # times faster with it.
        "TF_ENABLE_ONEDNN_OPTS": "1",
        # Memory grows on demand; otherwise TensorFlow takes all of each GPU at once.
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "TF_NUM_INTRAOP_THREADS": str(spec.threads or processors()),
    }


def _jax_switches(device: DeviceChoice, spec: RuntimeSpec) -> dict[str, str]:
    switches = {"PJRT_NPROC": str(spec.threads or processors())}
    if device.gpus:
        # As with TensorFlow; otherwise JAX takes three quarters of each GPU at once.
        switches["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    return switches


def _say_platform(device: DeviceChoice, spec: RuntimeSpec, env: MutableMapping[str, str]) -> None:
    """Let JAX look for GPUs, or not; on them, determinism is a flag of the compiler."""
    if not device.gpus:
        env["JAX_PLATFORMS"] = "cpu"
        return
    env.pop("JAX_PLATFORMS", None)  # JAX fails where one of those named is missing
    if spec.deterministic:
        flags = [flag for flag in env.get("XLA_FLAGS", "").split() if _DETERMINISTIC not in flag]
        env["XLA_FLAGS"] = " ".join([*flags, f"--{_DETERMINISTIC}=true"])
