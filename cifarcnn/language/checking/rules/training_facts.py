"""What several rules ask of a training."""

from collections.abc import Iterator
from typing import Any

from cifarcnn.language.entry_types import Callback, TrainingLength
from cifarcnn.language.marks import Path
from cifarcnn.language.schema import DataSpec, TrainingSpec


def epochs_in_words(training: TrainingSpec) -> str:
    """The number of epochs, such as `1 epoch`."""
    return f"{training.epochs} epochs" if training.epochs > 1 else "1 epoch"


def callbacks_named(training: TrainingSpec, name: str) -> Iterator[tuple[Path, Any]]:
    """The callbacks of one name, each with its path."""
    callback: Callback
    for index, callback in enumerate(training.callbacks):
        if callback.entry_name == name:
            yield ("training", "callbacks", index, name), callback


def training_length(data: DataSpec, training: TrainingSpec) -> TrainingLength | None:
    """How long the training is; None if there is nothing to train on."""
    steps = -(-data.images_to_train_on // training.batch_size)
    return TrainingLength(training.epochs, steps) if steps else None
