"""The callbacks of a run: built, told of what happens, and remembered in a state."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cifarcnn.errors import UserError, os_reason
from cifarcnn.language.entry_types import Callback, CallbackContext


class CallbackList:
    """The callbacks of a spec, in its order: their entries, and the Keras callbacks.

    Raises:
        UserError: an entry builds something else than a Keras callback.
    """

    def __init__(self, entries: Sequence[Callback], context: CallbackContext) -> None:
        self._pairs = [(entry, entry.build_for(context)) for entry in entries]
        for entry, callback in self._pairs:
            if not isinstance(callback, keras.callbacks.Callback):
                raise UserError(
                    f"the callback {entry.entry_name}: its build() should give a "
                    f"keras.callbacks.Callback, but gives {callback!r:.60}"
                )
        self.built = [callback for _, callback in self._pairs]
        self._model: Any = None

    def attach(self, model: Any, epochs: int) -> None:
        """Let them work on a Keras model for so many epochs."""
        self._model = model
        for callback in self.built:
            callback.set_model(model)
            callback.set_params({"epochs": epochs, "verbose": 0})

    def begin(self) -> None:
        """Training begins.

        Raises:
            UserError: a callback does not have what it says it remembers, or it is nothing that a
                state can hold.
        """
        for callback in self.built:
            callback.on_train_begin()
        for entry, callback in self._pairs:
            for name in entry.state_fields:
                if not hasattr(callback, name):
                    raise UserError(
                        f"the callback {entry.entry_name}: its state_fields name {name!r}, which "
                        f"{type(callback).__name__} does not have when training begins"
                    )
        self.fields()  # what no state can hold is told now, not after an epoch

    def begin_epoch(self, epoch: int) -> None:
        """An epoch (from 0) begins."""
        for callback in self.built:
            callback.on_epoch_begin(epoch)

    def end_epoch(
        self, epoch: int, logs: dict[str, float], warn: Callable[[str], None]
    ) -> str | None:
        """An epoch is over; why the first of them stopped the training, if one did."""
        stopped = None
        for entry, callback in self._pairs:
            with _worth_a_warning(entry, f"after epoch {epoch + 1}", warn):
                callback.on_epoch_end(epoch, logs)
            if self._model.stop_training and stopped is None:
                stopped = entry.stop_reason()
        return stopped

    def end(self, warn: Callable[[str], None]) -> None:
        """Training is over."""
        for entry, callback in self._pairs:
            with _worth_a_warning(entry, "at the end", warn):
                callback.on_train_end()

    def fields(self) -> list[dict[str, Any]]:
        """What they remember, as a state holds it.

        Raises:
            UserError: one remembers what a state cannot hold.
        """
        return [
            {name: _kept(entry, name, getattr(callback, name, None)) for name in entry.state_fields}
            for entry, callback in self._pairs
        ]

    def restore(self, fields: Sequence[dict[str, Any]], shapes: list[tuple[int, ...]]) -> None:
        """Let them remember what a state holds, once training has begun.

        `shapes` are those of the network's weights.

        Raises:
            UserError: they could not have remembered that.
        """
        expected = [set(entry.state_fields) for entry, _ in self._pairs]
        if [set(of_one) for of_one in fields] != expected:
            raise UserError("the state does not fit the callbacks of its spec; it is not resumed")
        for (entry, callback), of_one in zip(self._pairs, fields, strict=True):
            for name, value in of_one.items():
                if not entry.could_remember(name, getattr(callback, name), value, shapes):
                    raise UserError(
                        f"the state does not fit its spec: {name} of a callback; it is not resumed"
                    )
                setattr(callback, name, value)

    def restored_epoch(self) -> int | None:
        """The epoch (from 1) whose weights a callback has put back at the end, if one has.

        Of several the last one has the last word.
        """
        for callback in reversed(self.built):
            if getattr(callback, "restore_best_weights", False) and callback.best_weights:
                return int(callback.best_epoch) + 1
        return None


@contextmanager
def _worth_a_warning(entry: Callback, when: str, warn: Callable[[str], None]) -> Iterator[None]:
    """A callback that cannot write its file is worth a warning, not the run."""
    try:
        yield
    except OSError as error:
        warn(f"{entry.entry_name} {when}: {os_reason(error)}")


def _kept(entry: Callback, name: str, value: Any) -> Any:
    """What a callback remembers under a name, as plain numbers and NumPy arrays.

    Raises:
        UserError: it is something else.
    """
    if value is None or isinstance(value, int | float):
        return value
    try:
        if isinstance(value, list | tuple):
            return [_array(item) for item in value]
        return _array(value).item()
    except ValueError:
        raise UserError(
            f"the callback {entry.entry_name}: {name}, which its state_fields name, should be a "
            f"number, None or a list of arrays, but is {value!r:.60}"
        ) from None


def _array(value: Any) -> NDArray[Any]:
    """An array, or what converts itself to one.

    Raises:
        ValueError: it does not hold numbers.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise ValueError("not an array of numbers")
    return array
