"""The calls that only JAX has; imported by `start` once the environment is prepared."""

import logging

import jax
from keras.src.utils import module_utils

logging.getLogger("jax").setLevel(logging.ERROR)  # such as: a GPU, but no CUDA libraries

# Wherever TensorFlow is installed, Keras imports it on JAX too, to ask whether an object is one of
# its own: seconds and several hundred megabytes for nothing. It has no switch for that.
module_utils.tensorflow._available = False


def usable_gpus() -> int:
    """How many GPUs JAX can use; from then on it runs on the CPU if its CUDA does not start."""
    try:
        return sum(device.platform == "gpu" for device in jax.devices())
    except RuntimeError:  # CUDA libraries that do not fit the driver, or each other
        return 0


def set_determinism(wanted: bool) -> None:
    """Do nothing: on GPUs a flag of JAX's compiler, in the environment, has said it already."""
