"""The layers of the spec language, grouped as in `keras.layers`."""

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
