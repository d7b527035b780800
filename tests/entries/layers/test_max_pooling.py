"""Max pooling on JAX, which has a gradient of our own."""

import json
from pathlib import Path
from typing import Any

from tests.support.jax_process import needs_jax, run_on_jax
from tests.support.paths import SUPPORT

BY_COMPARISON: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({}, (9, 12, 4)),
    ({"pool_size": 3}, (9, 11, 4)),
    ({"pool_size": 3, "strides": 2}, (9, 12, 4)),
    ({"pool_size": [2, 4], "strides": [3, 1]}, (9, 12, 4)),
    ({"pool_size": 1, "strides": 4}, (9, 12, 4)),
]
AS_KERAS_DOES: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({"pool_size": 4}, (9, 12, 4)),
    ({"pool_size": 3, "padding": "same"}, (9, 11, 4)),
]


@needs_jax
def test_values_and_gradients_are_those_of_keras(tmp_path: Path) -> None:
    cases = BY_COMPARISON + AS_KERAS_DOES
    program = SUPPORT / "jax_max_pooling.py"
    child = run_on_jax(tmp_path, program, json.dumps(cases))
    assert child.returncode == 0, child.stderr
    result = json.loads(child.stdout)
    for case, compared in zip(cases, result["cases"], strict=True):
        assert compared["values"] and compared["gradients"], case
        assert compared["windows"] is (case in AS_KERAS_DOES), case
    assert result["nans"] == [True] * 4
