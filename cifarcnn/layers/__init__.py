"""The layers of the spec language, grouped as in `keras.layers`; importing this registers them."""

from cifarcnn.layers import (
    composites,
    convolutional,
    core,
    normalization,
    pooling,
    preprocessing,
    regularization,
    reshaping,
)

__all__ = [
    "composites",
    "convolutional",
    "core",
    "normalization",
    "pooling",
    "preprocessing",
    "regularization",
    "reshaping",
]
