"""Every registered schedule against the Keras schedule of the same name."""

from typing import Any

import numpy as np
import pytest

from cifarcnn.language.entry_types import OPTIMIZERS, SCHEDULES, TrainingLength
from tests.entries.contract import (
    check_against_keras,
    entry_of,
    keras_class_of,
    read_and_check,
    require_rows,
)

ROWS = [
    "exponential_decay: {initial_learning_rate: 1, decay_steps: 5, decay_rate: 0.5}",
    (
        "exponential_decay: {initial_learning_rate: 1, decay_steps: 5, decay_rate: 0.9, "
        "staircase: true}"
    ),
    "piecewise_constant_decay: {boundaries: [3, 9], values: [1, 0.5, 0.1]}",
    "polynomial_decay: {initial_learning_rate: 1, decay_steps: 7}",
    (
        "polynomial_decay: {initial_learning_rate: 1, decay_steps: 7, power: 2, cycle: true, "
        "end_learning_rate: 0}"
    ),
    "inverse_time_decay: {initial_learning_rate: 1, decay_steps: 2, decay_rate: 3}",
    "cosine_decay: {initial_learning_rate: 0.1, decay_steps: 10, alpha: 0.2}",
    (
        "cosine_decay: {initial_learning_rate: 0, decay_steps: 10, warmup_target: 1, "
        "warmup_steps: 4}"
    ),
    (
        "cosine_decay: {initial_learning_rate: 0, decay_steps: 10, warmup_target: 1, "
        "warmup_steps: 0}"
    ),
    "cosine_decay_restarts: {initial_learning_rate: 1, first_decay_steps: 3}",
    (
        "cosine_decay_restarts: {initial_learning_rate: 1, first_decay_steps: 3, t_mul: 1, "
        "m_mul: 0.5, alpha: 0.1}"
    ),
    "exponential_decay: {initial_learning_rate: 1, decay_rate: 0.1}",
    "polynomial_decay: {initial_learning_rate: 1}",
    "inverse_time_decay: {initial_learning_rate: 1, decay_rate: 3}",
    "cosine_decay: {initial_learning_rate: 1}",
    "triangular: {peak_learning_rate: 1}",
    "triangular: {peak_learning_rate: 1, start: 0, end: 0, total_steps: 9}",
    "step_decay: {initial_learning_rate: 1, epochs: [1, 2]}",
]

LENGTH = TrainingLength(epochs=3, steps_per_epoch=4)

_WHOLE = "left out, it is the whole training"
OUR_DEFAULTS: dict[tuple[str, str], tuple[Any, str]] = {
    ("exponential_decay", "decay_steps"): (None, _WHOLE),
    ("polynomial_decay", "decay_steps"): (None, _WHOLE),
    ("inverse_time_decay", "decay_steps"): (None, _WHOLE),
    ("cosine_decay", "decay_steps"): (None, _WHOLE),
}
"""Where ours differs from Keras', and why."""


def test_every_schedule_has_a_row() -> None:
    require_rows(SCHEDULES, ROWS)


@pytest.mark.parametrize("item", ROWS)
def test_a_schedule_keeps_its_contract(item: str) -> None:
    import keras

    entry = read_and_check(SCHEDULES, item)
    schedule = entry.over(LENGTH).build()
    if entry.of_keras:
        check_against_keras(entry, our_defaults=OUR_DEFAULTS)
        assert type(schedule) is keras_class_of(entry)
        assert entry.over(LENGTH).arguments().items() <= schedule.get_config().items()
    rates = [float(schedule(step)) for step in (*range(12), 1000)]
    assert np.isfinite(rates).all() and min(rates) >= 0 and len(set(rates)) > 1

    optimizer = entry_of(OPTIMIZERS, f"sgd: {{learning_rate: {{{item}}}}}").over(LENGTH).build()
    weight = keras.Variable(0.0)
    optimizer.build([weight])
    for _ in range(3):
        optimizer.apply([keras.ops.ones(())], [weight])
    assert float(weight.value) == pytest.approx(-sum(rates[:3]))


def test_a_cosine_warms_up_to_its_target_and_falls_to_alpha_of_it() -> None:
    schedule = entry_of(
        SCHEDULES,
        "cosine_decay: {initial_learning_rate: 0.2, decay_steps: 10, warmup_target: 1, "
        "warmup_steps: 4, alpha: 0.1}",
    ).build()
    assert [float(schedule(step)) for step in (0, 2, 4, 9, 14, 99)] == pytest.approx(
        [0.2, 0.6, 1, 0.55, 0.1, 0.1]
    )


RATES = [
    # a schedule, and its rates at the first steps of 3 epochs of 4 steps
    ("polynomial_decay: {initial_learning_rate: 12, end_learning_rate: 0}", [*range(12, -1, -1)]),
    ("exponential_decay: {initial_learning_rate: 1, decay_rate: 0.5}", {0: 1, 12: 0.5}),
    ("inverse_time_decay: {initial_learning_rate: 1, decay_rate: 3}", {0: 1, 12: 0.25}),
    ("cosine_decay: {initial_learning_rate: 1}", {0: 1, 6: 0.5, 12: 0, 99: 0}),
    (
        "cosine_decay: {initial_learning_rate: 0, warmup_target: 1, warmup_steps: 4}",
        {0: 0, 4: 1, 8: 0.5, 12: 0},
    ),
    ("cosine_decay: {initial_learning_rate: 1, warmup_steps: 4}", {0: 1, 6: 0.5, 12: 0}),
    ("step_decay: {initial_learning_rate: 1, epochs: [1, 2]}", [1] * 4 + [0.1] * 4 + [0.01] * 9),
    ("step_decay: {initial_learning_rate: 1, decay_rate: 0.5, epochs: [2]}", [1] * 8 + [0.5] * 9),
    (
        "triangular: {peak_learning_rate: 10, start: 0.2, peak_at: 0.5, end: 0.4}",
        {0: 2, 3: 6, 6: 10, 9: 7, 12: 4, 99: 4},
    ),
    ("triangular: {peak_learning_rate: 1}", {0: 0.2, 12: 0.07}),
    ("triangular: {peak_learning_rate: 2, total_steps: 100}", {0: 0.4, 23: 2, 100: 0.14}),
    (
        "triangular: {peak_learning_rate: 4, start: 0, peak_at: 1, total_steps: 4}",
        [0, 1, 2, 3, 4, 4],
    ),
    (
        "triangular: {peak_learning_rate: 4, end: 0, peak_at: 0, total_steps: 4}",
        [4, 3, 2, 1, 0, 0],
    ),
]


@pytest.mark.parametrize(("item", "rates"), RATES)
def test_a_schedule_without_its_steps_takes_the_whole_training(item: str, rates: Any) -> None:
    schedule = entry_of(SCHEDULES, item).over(LENGTH).build()
    expected = rates if isinstance(rates, dict) else dict(enumerate(rates))
    found = [float(schedule(step)) for step in expected]
    assert found == pytest.approx([float(rate) for rate in expected.values()], abs=1e-6)


def test_a_step_decay_may_fall_after_an_epoch_of_a_single_step() -> None:
    entry = entry_of(SCHEDULES, "step_decay: {initial_learning_rate: 1, epochs: [1, 2]}")
    schedule = entry.over(TrainingLength(3, 1)).build()
    assert [float(schedule(step)) for step in range(4)] == pytest.approx([1, 0.1, 0.01, 0.01])
