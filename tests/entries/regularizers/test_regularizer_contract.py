"""Every registered regularizer against the Keras regularizer of the same name."""

import pytest

from cifarcnn.language.entry_types import REGULARIZERS
from tests.entries.contract import (
    check_against_keras,
    keras_class_of,
    read_and_check,
    require_rows,
)

ROWS = ["l1: {l1: 0.5}", "l2", "l1_l2: {l1: 0.5, l2: 2}"]
NOT_SNAKE_CASE = {"l1_l2": "as keras.regularizers calls it"}


def test_every_regularizer_has_a_row() -> None:
    require_rows(REGULARIZERS, ROWS)


@pytest.mark.parametrize("item", ROWS)
def test_a_regularizer_keeps_its_contract(item: str) -> None:
    regularizer = read_and_check(REGULARIZERS, item)
    check_against_keras(regularizer, not_snake_case=NOT_SNAKE_CASE)
    built = regularizer.build()
    assert type(built) is keras_class_of(regularizer)
    assert regularizer.arguments().items() <= built.get_config().items()
