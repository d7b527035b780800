"""What a spec says that cannot work, or that its author hardly meant, although each value is right.

Every rule is one function over sections that are sound by themselves; it yields findings, and its
docstring says where the fact comes from. Shapes are not here: the plan finds those.
"""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from cifarcnn.language.entry_types import Callback, TrainingLength
from cifarcnn.language.marks import Path
from cifarcnn.language.plan.network_plan import Plan, PlannedLayer
from cifarcnn.language.schema import DataSpec, TrainingSpec

_TOLERANCE = 0.05
"""Share of the training by which a schedule may miss its end; batches are hard to count."""


@dataclass(frozen=True)
class Finding:
    """What a rule has found. A warning is of a run that would work, but be foolish."""

    path: Path
    message: str
    severity: Literal["error", "warning"] = "warning"


def findings(
    data: DataSpec | None, plan: Plan | None, training: TrainingSpec | None
) -> Iterator[Finding]:
    """All that the rules find in the sections of a spec; None stands for one with mistakes."""
    if plan:
        yield from hidden_softmax(plan)
        yield from output_that_is_no_logit(plan)
    if training:
        yield from schedule_with_plateau(training)
        yield from plateau_behind_early_stopping(training)
        yield from rate_of_zero(training)
        yield from warmup_without_target(training)
        yield from callbacks_that_share_a_file(training)
        yield from callback_that_is_not_installed(training)
        yield from patience_without_end(training)
        yield from mode_against_the_metric(training)
        yield from lowest_rate_above_the_rate(training)
    if data:
        yield from limit_beyond_the_data(data)
        yield from share_that_leaves_no_images(data)
    if data and training:
        yield from steps_that_never_come(data, training)
        yield from batch_larger_than_the_data(data, training)
        yield from schedule_of_another_length(data, training)


# The network


def hidden_softmax(plan: Plan) -> Iterator[Finding]:
    """Values that sum to one, of which most are near zero, starve the layers behind them.

    A softmax is a layer's activation in the middle of a network only in attention, which works on
    tokens. (One that ends the network but is not in its last layer is refused by the plan.)
    """
    for row in plan.layers[:-1]:
        if _activation(row) == "softmax":
            yield Finding(
                _layer_path(row, "activation"),
                f"{row.name} is a hidden layer, and its softmax leaves little for the next one to "
                "learn from; relu is usual",
            )


def output_that_is_no_logit(plan: Plan) -> Iterator[Finding]:
    """Without a softmax at its end the network's output counts as logits, which have no bounds.

    A relu or sigmoid there cuts them (the gradient of a relu is 0 for every class below zero), and
    a dropout sets classes to zero. See `without_softmax` in `cifarcnn/networks/build.py`.
    """
    row = plan.layers[-1]
    activation = _activation(row)
    if row.layer.entry_name in ("relu", "leaky_relu", "prelu"):
        message = f"{row.layer.entry_name} at the end distorts the logits; leave it out"
        yield Finding(_layer_path(row), message)
    if activation not in (None, "linear", "softmax", "log_softmax"):
        yield Finding(
            _layer_path(row, "activation"),
            f"the network's output is taken as logits, which {activation} distorts; use softmax, "
            "or no activation",
        )
    if row.layer.entry_name == "dropout":
        yield Finding(
            _layer_path(row),
            "a dropout at the end of the network drops classes; put it before the last dense layer",
        )


def _activation(row: PlannedLayer) -> str | None:
    return getattr(row.layer, "activation", None)


def _layer_path(row: PlannedLayer, *keys: str) -> Path:
    return ("model", "layers", *row.place.path, *keys)


# The learning rate


def schedule_with_plateau(training: TrainingSpec) -> Iterator[Finding]:
    """Keras refuses at the first plateau, with a TypeError.

    "This optimizer was created with a `LearningRateSchedule` [...], hence its learning rate is not
    settable" (`keras/src/optimizers/base_optimizer.py`).
    """
    schedule = training.optimizer.schedule
    for path, _ in _callbacks(training, "reduce_lr_on_plateau"):
        if schedule:
            yield Finding(
                path,
                "reduce_lr_on_plateau cannot lower a learning rate that follows a schedule "
                f"({schedule.entry_name}); choose one of the two",
                "error",
            )


def rate_of_zero(training: TrainingSpec) -> Iterator[Finding]:
    """A cosine from 0 without a warm-up stays 0: Keras multiplies the initial rate with it."""
    schedule = training.optimizer.schedule
    top = getattr(schedule, "initial_learning_rate", None)
    if schedule and top == 0 and getattr(schedule, "warmup_target", None) is None:
        yield Finding(
            (*_rate_path(training), schedule.entry_name, "initial_learning_rate"),
            "the learning rate would be 0 throughout; expected a number > 0, or a warmup_target "
            "with warmup_steps",
            "error",
        )


def warmup_without_target(training: TrainingSpec) -> Iterator[Finding]:
    """Keras' documentation of `CosineDecay`: a `warmup_target` of None skips the warm-up."""
    schedule = training.optimizer.schedule
    if schedule is None or "warmup_target" not in type(schedule).model_fields:
        return
    if getattr(schedule, "warmup_steps", 0) and getattr(schedule, "warmup_target", None) is None:
        yield Finding(
            (*_rate_path(training), schedule.entry_name, "warmup_steps"),
            "without a warmup_target there is no warm-up",
        )


def lowest_rate_above_the_rate(training: TrainingSpec) -> Iterator[Finding]:
    """`ReduceLROnPlateau` in Keras lowers only rates above `min_lr`."""
    rate = getattr(training.optimizer, "learning_rate", None)
    for path, callback in _callbacks(training, "reduce_lr_on_plateau"):
        if isinstance(rate, float) and callback.min_lr >= rate:
            yield Finding(
                (*path, "min_lr"),
                f"the learning rate is {rate:g} already, so it is never lowered; expected less "
                "than that",
            )


def steps_that_never_come(data: DataSpec, training: TrainingSpec) -> Iterator[Finding]:
    """Gradients that are never applied, and copies of the weights that never meet."""
    length = _length(data, training)
    if length is None:
        return
    name = "gradient_accumulation_steps"
    whole = f"the training has {length.steps:,} steps"
    if (getattr(training.optimizer, name, None) or 0) > length.steps:
        path = ("training", "optimizer", training.optimizer.entry_name, name)
        yield Finding(path, f"{whole}, so the weights would never change", "error")
    averaging = training.weight_averaging
    if averaging and getattr(averaging, "period", 0) > length.steps:
        path = ("training", "weight_averaging", averaging.entry_name, "period")
        yield Finding(path, f"{whole}, so the first weights would be scored", "error")


def schedule_of_another_length(data: DataSpec, training: TrainingSpec) -> Iterator[Finding]:
    """Schedules count batches, and the number of batches follows from data, batch and epochs.

    The usual slips: epochs where steps are meant, and steps of another batch size.
    """
    length = _length(data, training)
    given = training.optimizer.schedule
    settles = given.over(length).settles() if given and length else None
    if given is None or length is None or settles is None:
        return
    step, rate = settles
    where = f"step {step:,} (epoch {step / length.steps_per_epoch:.3g})"
    whole = (
        f"the training has {length.steps:,} steps ({_epochs(training)} of "
        f"{length.steps_per_epoch:,})"
    )
    message = None
    if step > length.steps * (1 + _TOLERANCE):
        message = f"the rate changes until {where}, but {whole}"
    elif rate == 0 and step < length.steps * (1 - _TOLERANCE):
        message = f"the rate is 0 from {where} on, but {whole}"
    elif step < length.steps_per_epoch and training.epochs > 1:
        message = f"the rate no longer changes from {where} on; steps are batches, and {whole}"
    if message:
        yield Finding(_steps_path(training), message)


def _epochs(training: TrainingSpec) -> str:
    return f"{training.epochs} epochs" if training.epochs > 1 else "1 epoch"


def _rate_path(training: TrainingSpec) -> Path:
    return ("training", "optimizer", training.optimizer.entry_name, "learning_rate")


def _steps_path(training: TrainingSpec) -> Path:
    """Where the schedule says how long it is."""
    schedule = training.optimizer.schedule
    assert schedule
    path = (*_rate_path(training), schedule.entry_name)
    for name in ("decay_steps", "total_steps", "epochs", "boundaries"):
        if getattr(schedule, name, None) is not None:
            return (*path, name)
    return path


# Callbacks


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
    epochs, count = training.epochs, _epochs(training)
    for path, callback in _callbacks(training, "early_stopping"):
        start = callback.start_from_epoch
        first = start + max(callback.patience, 1) - (callback.baseline is not None)
        if start >= epochs:
            message = f"the training has {count}, so this never watches any"
            yield Finding((*path, "start_from_epoch"), message)
        elif first + 1 >= epochs > 1 and not callback.restore_best_weights:
            message = f"the training has {count}, so it ends before this can stop it"
            yield Finding((*path, "patience"), message)
    for path, callback in _callbacks(training, "reduce_lr_on_plateau"):
        if max(callback.patience, 1) + 1 >= epochs > 1:
            message = f"the training has {count}, so it ends before this can lower the rate"
            yield Finding((*path, "patience"), message)


def plateau_behind_early_stopping(training: TrainingSpec) -> Iterator[Finding]:
    """Both count epochs without improvement; the one with less patience acts first.

    An early stopping on another metric, or from a later epoch on, counts differently.
    """
    for path, plateau in _callbacks(training, "reduce_lr_on_plateau"):
        for _, stopping in _callbacks(training, "early_stopping"):
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


def _callbacks(training: TrainingSpec, name: str) -> Iterator[tuple[Path, Any]]:
    """The callbacks of one name, each with its path."""
    callback: Callback
    for index, callback in enumerate(training.callbacks):
        if callback.entry_name == name:
            yield ("training", "callbacks", index, name), callback


# The data


def limit_beyond_the_data(data: DataSpec) -> Iterator[Finding]:
    """There are no more images than those of the training set."""
    images = data.facts.train_images
    if data.limit and data.limit > images:
        message = f"{data.dataset} has {images:,} training images, so this limits nothing"
        yield Finding(("data", "limit"), message)


def share_that_leaves_no_images(data: DataSpec) -> Iterator[Finding]:
    """`split_dataset` rounds the share to whole images."""
    images = data.images_used
    if data.validation == "test":
        return
    held_out = round(float(data.validation) * images)
    if not 0 < held_out < images:
        yield Finding(
            ("data", "validation"),
            f"{data.validation} of {images:,} training images leaves {held_out} to validate on and "
            f"{images - held_out} to train on; expected some of both",
            "error",
        )


def batch_larger_than_the_data(data: DataSpec, training: TrainingSpec) -> Iterator[Finding]:
    """A batch of more images than there are would be the whole training set at every step."""
    images = data.images_to_train_on
    if 0 < images < training.batch_size:
        yield Finding(
            ("training", "batch_size"),
            f"expected at most the {images:,} training images, received {training.batch_size:,}",
            "error",
        )


def _length(data: DataSpec, training: TrainingSpec) -> TrainingLength | None:
    """How long the training is; None if there is nothing to train on."""
    steps = -(-data.images_to_train_on // training.batch_size)
    return TrainingLength(training.epochs, steps) if steps else None
