"""Rules about the learning rate and the length of the training."""

from collections.abc import Iterator

from cifarcnn.language.checking.rules.finding import Finding
from cifarcnn.language.checking.rules.training_facts import (
    callbacks_named,
    epochs_in_words,
    training_length,
)
from cifarcnn.language.marks import Path
from cifarcnn.language.schema import DataSpec, TrainingSpec

_TOLERANCE = 0.05
"""Share of the training by which a schedule may miss its end; batches are hard to count."""


def schedule_with_plateau(training: TrainingSpec) -> Iterator[Finding]:
    """Keras refuses at the first plateau, with a TypeError.

    "This optimizer was created with a `LearningRateSchedule` [...], hence its learning rate is not
    settable" (`keras/src/optimizers/base_optimizer.py`).
    """
    schedule = training.optimizer.schedule
    for path, _ in callbacks_named(training, "reduce_lr_on_plateau"):
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
    for path, callback in callbacks_named(training, "reduce_lr_on_plateau"):
        if isinstance(rate, float) and callback.min_lr >= rate:
            yield Finding(
                (*path, "min_lr"),
                f"the learning rate is {rate:g} already, so it is never lowered; expected less "
                "than that",
            )


def steps_that_never_come(data: DataSpec, training: TrainingSpec) -> Iterator[Finding]:
    """Gradients that are never applied, and copies of the weights that never meet."""
    length = training_length(data, training)
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
    length = training_length(data, training)
    given = training.optimizer.schedule
    settles = given.over(length).settles() if given and length else None
    if given is None or length is None or settles is None:
        return
    step, rate = settles
    where = f"step {step:,} (epoch {step / length.steps_per_epoch:.3g})"
    whole = (
        f"the training has {length.steps:,} steps ({epochs_in_words(training)} of "
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
