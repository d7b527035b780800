"""The private parts of Keras that this program uses."""

from typing import Any


def batches_seen(optimizer: Any) -> Any:
    """How many batches a Keras optimizer has seen, by which its schedule goes.

    Its `iterations` are the updates of the weights, fewer with `gradient_accumulation_steps`.
    """
    return unscaled(optimizer)._iterations


def unscaled(optimizer: Any) -> Any:
    """The optimizer of the spec, which Keras wraps for `mixed_float16` to scale the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)
