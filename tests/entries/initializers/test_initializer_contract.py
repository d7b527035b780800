"""Every registered initializer against the Keras initializer of the same name."""

import pytest

from cifarcnn.language.entry_types import INITIALIZERS
from tests.entries.contract import (
    check_against_keras,
    keras_class_of,
    read_and_check,
    require_rows,
)

ROWS = [
    "zeros",
    "ones",
    "constant: {value: 0.5}",
    "random_normal: {mean: 1, stddev: 0.1}",
    "truncated_normal: {stddev: 0.02}",
    "random_uniform: {minval: -1, maxval: 2}",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "variance_scaling: {scale: 2, mode: fan_out, distribution: uniform}",
    "orthogonal: {gain: 2}",
    "dirac",
]


def test_every_initializer_has_a_row() -> None:
    require_rows(INITIALIZERS, ROWS)


@pytest.mark.parametrize("item", ROWS)
def test_an_initializer_keeps_its_contract(item: str) -> None:
    initializer = read_and_check(INITIALIZERS, item)
    built = initializer.build()
    assert tuple(built((3, 3, 4, 6), "float32").shape) == (3, 3, 4, 6)
    if initializer.of_keras:
        check_against_keras(initializer)
        assert type(built) is keras_class_of(initializer)
        assert initializer.arguments().items() <= built.get_config().items()
