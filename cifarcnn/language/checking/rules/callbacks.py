"""Rules about callbacks."""

import importlib.util
from collections.abc import Iterator
from pathlib import PurePosixPath

from cifarcnn.language.checking.rules.finding import Finding
from cifarcnn.language.checking.rules.training_facts import (
    callbacks_named,
    epochs_in_words,
)
from cifarcnn.language.marks import Path
from cifarcnn.language.schema import TrainingSpec


def callbacks_that_share_a_file(training: TrainingSpec) -> Iterator[Finding]:
    """Each callback opens its file for itself, so the last one to write wins.

    What is a file for one callback cannot be a folder for another.
    """
    earlier: list[tuple[PurePosixPath, bool, str]] = []
    for index, callback in enumerate(training.callbacks):
        key = callback.output_field
        if key is None:
            continue
        path: Path = ("training", "callbacks", index, callback.entry_name)
        file, folder = PurePosixPath(getattr(callback, key)), callback.writes_folder
        for other, other_folder, name in earlier:
            if file == other:
                what = f"{str(file)!r} is what {name} writes too"
            elif other in file.parents and not other_folder:
                what = f"{str(other)!r} is a file of {name}"
            elif file in other.parents and not folder:
                what = f"{str(file)!r} is a folder for {name}"
            else:
                continue
            yield Finding((*path, key), f"{what}; expected a file of its own", "error")
            break
        earlier.append((file, folder, f"training.callbacks[{index}].{callback.entry_name}"))


def callback_that_is_not_installed(training: TrainingSpec) -> Iterator[Finding]:
    """It needs an extra of this package (see `pyproject.toml`)."""
    for index, callback in enumerate(training.callbacks):
        if callback.extra and importlib.util.find_spec(callback.extra) is None:
            yield Finding(
                ("training", "callbacks", index, callback.entry_name),
                f"{callback.entry_name} needs what is not installed: "
                f"pip install 'cifarcnn[{callback.extra}]'",
                "error",
            )


def patience_without_end(training: TrainingSpec) -> Iterator[Finding]:
    """Keras' callbacks count epochs without improvement, and the first one watched improves.

    An early stopping with `restore_best_weights` ends with the best weights in any case, so a long
    patience is no mistake there.
    """
    epochs, count = training.epochs, epochs_in_words(training)
    for path, callback in callbacks_named(training, "early_stopping"):
        start = callback.start_from_epoch
        first = start + max(callback.patience, 1) - (callback.baseline is not None)
        if start >= epochs:
            message = f"the training has {count}, so this never watches any"
            yield Finding((*path, "start_from_epoch"), message)
        elif first + 1 >= epochs > 1 and not callback.restore_best_weights:
            message = f"the training has {count}, so it ends before this can stop it"
            yield Finding((*path, "patience"), message)
    for path, callback in callbacks_named(training, "reduce_lr_on_plateau"):
        if max(callback.patience, 1) + 1 >= epochs > 1:
            message = f"the training has {count}, so it ends before this can lower the rate"
            yield Finding((*path, "patience"), message)


def plateau_behind_early_stopping(training: TrainingSpec) -> Iterator[Finding]:
    """Both count epochs without improvement; the one with less patience acts first.

    An early stopping on another metric, or from a later epoch on, counts differently.
    """
    for path, plateau in callbacks_named(training, "reduce_lr_on_plateau"):
        for _, stopping in callbacks_named(training, "early_stopping"):
            same = stopping.monitor == plateau.monitor and stopping.start_from_epoch == 0
            if same and max(stopping.patience, 1) <= plateau.patience:
                message = (
                    f"early_stopping with a patience of {stopping.patience} ends the training "
                    "before this can lower the rate"
                )
                yield Finding((*path, "patience"), message)


def mode_against_the_metric(training: TrainingSpec) -> Iterator[Finding]:
    """Losses are better when lower, accuracies when higher."""
    for index, callback in enumerate(training.callbacks):
        metric, mode = getattr(callback, "monitor", ""), getattr(callback, "mode", "auto")
        better = "max" if metric.endswith("accuracy") else "min"
        if metric and mode not in ("auto", better):
            yield Finding(
                ("training", "callbacks", index, callback.entry_name, "mode"),
                f"{mode} takes the worst {metric} for the best; expected {better}, or auto",
            )
