"""The calls that only JAX has; imported by `start` once the environment is prepared."""

import logging

import jax

from cifarcnn.runtime.keras_internals import keep_tensorflow_out

logging.getLogger("jax").setLevel(logging.ERROR)  # such as: a GPU, but no CUDA libraries

keep_tensorflow_out()


def usable_gpus() -> int:
    """How many GPUs JAX can use; from then on it runs on the CPU if its CUDA does not start."""
    try:
        return sum(device.platform == "gpu" for device in jax.devices())
    except RuntimeError:  # CUDA libraries that do not fit the driver, or each other
        return 0


def enable_determinism() -> None:
    """Do nothing: on GPUs a flag of JAX's compiler, in the environment, has said it already."""
