"""The layers of the spec language, grouped as in `keras.layers`; importing this registers them."""

from cifarcnn.entries.layers import (
    activations,
    composites,
    convolutional,
    core,
    normalization,
    pooling,
    preprocessing,
    regularization,
    reshaping,
    whitening,
)

__all__ = [
    "activations",
    "composites",
    "convolutional",
    "core",
    "normalization",
    "pooling",
    "preprocessing",
    "regularization",
    "reshaping",
    "whitening",
]
