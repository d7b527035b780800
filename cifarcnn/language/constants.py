"""Numbers and names that every network of this program shares."""

from typing import Literal

BackendName = Literal["tensorflow", "jax"]
"""The engine under Keras, by the name that Keras has for it."""

IMAGE_SHAPE: tuple[int, ...] = (32, 32, 3)
CLASSES = 10
PIXELS = "pixels"
"""The name of the rescaling that feeds the first layer."""

EVALUATION_BATCH = 250
"""Images per step when a network is scored; fixed, since the last digits depend on it."""
