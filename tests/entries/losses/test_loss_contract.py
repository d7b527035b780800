"""Every registered loss against the Keras loss of the same name."""

import numpy as np
import pytest

from cifarcnn.language.entry_types import LOSSES
from tests.entries.contract import (
    check_against_keras,
    entry_of,
    keras_class_of,
    read_and_check,
    require_rows,
)

ROWS = ["categorical_crossentropy", "categorical_crossentropy: {label_smoothing: 0.1}"]


def test_every_loss_has_a_row() -> None:
    require_rows(LOSSES, ROWS)


@pytest.mark.parametrize("item", ROWS)
def test_a_loss_keeps_its_contract(item: str) -> None:
    loss = read_and_check(LOSSES, item)
    check_against_keras(loss)
    built = loss.build()
    assert type(built) is keras_class_of(loss)
    assert loss.arguments().items() <= built.get_config().items()


def test_a_loss_takes_logits() -> None:
    loss = entry_of(LOSSES, "categorical_crossentropy").build()
    labels, logits = [[0.0, 1.0], [1.0, 0.0]], [[0.0, 300.0], [0.0, 300.0]]
    assert float(loss(np.array(labels), np.array(logits))) == pytest.approx(150.0)
