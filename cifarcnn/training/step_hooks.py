"""What follows every optimizer step, inside the compiled step."""

from collections.abc import Sequence
from typing import Any, Protocol

import keras


class StepHook(Protocol):
    """Something that looks at a model's variables after every step, and may change them."""

    @property
    def kept(self) -> list[Any]:
        """The Keras variables of its own, which no model and no optimizer has."""

    def after_step(self) -> None:
        """Follow one step."""


class HookedModel(keras.Model):  # type: ignore[misc]
    """A functional model whose hooks come after every training step."""

    step_hooks: Sequence[StepHook] = ()

    def train_step(self, *arguments: Any, **keywords: Any) -> Any:
        """One step of Keras', then what follows it."""
        logs = super().train_step(*arguments, **keywords)
        for hook in self.step_hooks:
            hook.after_step()
        return logs
