"""Numbers and names that every network of this program shares."""

IMAGE_SHAPE: tuple[int, ...] = (32, 32, 3)
CLASSES = 10
PIXELS = "pixels"
"""The name of the rescaling that feeds the first layer."""

EVALUATION_BATCH = 250
"""Images per step when a network is scored; fixed, since the last digits depend on it."""
