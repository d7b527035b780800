"""What follows every optimizer step, inside the compiled step."""

from collections.abc import Sequence
from typing import Any, Protocol

import keras


class Follower(Protocol):
    """Something that looks at a model's variables after every step, and may change them."""

    @property
    def kept(self) -> list[Any]:
        """The Keras variables of its own, which no model and no optimizer has."""

    def after_step(self) -> None:
        """Follow one step."""


def batches_seen(optimizer: Any) -> Any:
    """How many batches a Keras optimizer has seen, by which its schedule goes.

    Its `iterations` are the updates of the weights, fewer with `gradient_accumulation_steps`.
    """
    return unscaled(optimizer)._iterations


def unscaled(optimizer: Any) -> Any:
    """The optimizer of the spec, which Keras wraps for `mixed_float16` to scale the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


class FollowedModel(keras.Model):  # type: ignore[misc]
    """A functional model whose followers come after every training step."""

    followers: Sequence[Follower] = ()

    def train_step(self, *arguments: Any, **keywords: Any) -> Any:
        """One step of Keras', then what follows it."""
        logs = super().train_step(*arguments, **keywords)
        for follower in self.followers:
            follower.after_step()
        return logs
