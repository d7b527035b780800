"""Every registered optimizer against the Keras optimizer of the same name."""

import numpy as np
import pytest

from cifarcnn.language.entry_types import OPTIMIZERS
from tests.entries.contract import (
    check_against_keras,
    entry_of,
    keras_class_of,
    read_and_check,
    require_rows,
)

ROWS = [
    "adam",
    "adam: {learning_rate: 1e-4, beta_1: 0.8, amsgrad: true, clipnorm: 1}",
    "adam: {gradient_accumulation_steps: 2, global_clipnorm: 0.5}",
    "adamw",
    "adamw: {weight_decay: 0, clipvalue: 3}",
    "nadam: {epsilon: 1e-8, weight_decay: 1e-3}",
    "sgd",
    "sgd: {learning_rate: 0.1, momentum: 0.9, nesterov: true, weight_decay: 5e-4}",
    "muon_sgd: {learning_rate: 0.01}",
    "muon_sgd: {learning_rate: 1e-3, weight_decay: 0.1, clipnorm: 1}",
    "rmsprop: {rho: 0.5, momentum: 0.1, centered: true}",
]

NOT_SNAKE_CASE = {
    "adamw": "as keras.optimizers.get calls it",
    "rmsprop": "as keras.optimizers.get calls it",
}


def test_every_optimizer_has_a_row() -> None:
    require_rows(OPTIMIZERS, ROWS)


@pytest.mark.parametrize("item", ROWS)
def test_an_optimizer_keeps_its_contract(item: str) -> None:
    import keras

    entry = read_and_check(OPTIMIZERS, item)
    optimizer = entry.build()
    if entry.of_keras:
        check_against_keras(entry, not_snake_case=NOT_SNAKE_CASE)
        assert type(optimizer) is keras_class_of(entry)
        config = optimizer.get_config()
        for name, value in entry.arguments().items():
            # Keras holds the learning rate in a float32 variable.
            assert config[name] == (pytest.approx(value) if name == "learning_rate" else value)
    weight = keras.Variable(2.0)
    optimizer.build([weight])
    for _ in range(4):
        optimizer.apply([2 * weight.value], [weight])
    assert abs(float(weight.value)) < 2.0, "it does not lower a loss"


@pytest.mark.parametrize(
    "item",
    [
        *ROWS,
        "rmsprop",
        "rmsprop: {momentum: 0.1}",
        "rmsprop: {centered: true, gradient_accumulation_steps: 3}",
        "nadam: {gradient_accumulation_steps: 3}",
    ],
)
def test_an_optimizer_has_as_many_slots_as_it_says(item: str) -> None:
    import keras

    entry = entry_of(OPTIMIZERS, item)
    optimizer = entry.build()
    optimizer.build([keras.Variable(np.zeros((3, 5)))])
    assert sum(tuple(v.shape) == (3, 5) for v in optimizer.variables) == entry.slots()


def test_adamw_decays_and_adam_does_not() -> None:
    assert entry_of(OPTIMIZERS, "adamw").arguments()["weight_decay"] == 0.004
    assert entry_of(OPTIMIZERS, "adam").arguments()["weight_decay"] is None
