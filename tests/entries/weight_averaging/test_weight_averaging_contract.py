"""Every registered averaging of weights: what it keeps, whatever its formula."""

import numpy as np
import pytest

from cifarcnn.language.entry_types import WEIGHT_AVERAGING, TrainingLength
from tests.entries.contract import read_and_check, require_rows

ROWS = [
    "ema",
    "{ema: {momentum: 0.5}}",
    "lookahead",
    "{lookahead: {period: 3, momentum: 0.774, power: 3}}",
]


def test_every_weight_averaging_has_a_row() -> None:
    require_rows(WEIGHT_AVERAGING, ROWS)


@pytest.mark.parametrize("item", ROWS)
def test_a_weight_averaging_keeps_its_contract(item: str) -> None:
    from keras import ops

    averaging = read_and_check(WEIGHT_AVERAGING, item).over(TrainingLength(3, 4))
    copies = [ops.ones((2, 3)), ops.zeros(4)]
    for step in range(1, 13):
        fast, slow = averaging.after_step(copies, copies, ops.array(step))
        for before, one, other in zip(copies, fast, slow, strict=True):
            assert one.shape == other.shape == before.shape
            assert np.allclose(one, before) and np.allclose(other, before)
