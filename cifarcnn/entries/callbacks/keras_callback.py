"""What Keras' callbacks may remember from one epoch to the next."""

from typing import Any

from typing_extensions import override

from cifarcnn.language.entry_types import Callback


class KerasCallback(Callback):
    """One of Keras' own: it remembers numbers of the kind it begins with, and the best weights."""

    @override
    def could_remember(
        self, name: str, fresh: Any, value: Any, shapes: list[tuple[int, ...]]
    ) -> bool:
        if name == "best_weights":
            return super().could_remember(name, fresh, value, shapes)
        if isinstance(fresh, int):
            return isinstance(value, int) and value >= 0
        return value is None or isinstance(value, int | float)
