"""Every layer computes on JAX what it computes on TensorFlow."""

import json
from pathlib import Path

import numpy as np
import pytest

from cifarcnn.language.entry_types import LAYERS
from tests.entries.layers.test_layer_contract import ROWS, SINGLE
from tests.support.forward import forward
from tests.support.jax_process import needs_jax, run_on_jax
from tests.support.paths import SUPPORT

FIRST_ROWS = list(
    {item.partition(":")[0]: (item, shape) for item, shape in reversed(ROWS)}.values()
)
"""One for each layer."""


@needs_jax
@pytest.mark.parametrize(
    "rows", [FIRST_ROWS, pytest.param(ROWS, marks=pytest.mark.slow)], ids=["first", "all"]
)
def test_a_layer_gives_the_same_on_jax(
    rows: list[tuple[str, tuple[int, ...]]], tmp_path: Path
) -> None:
    assert {item.partition(":")[0] for item, _ in rows} == set(SINGLE) <= set(LAYERS.entries())
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    program = SUPPORT / "jax_forward.py"
    child = run_on_jax(tmp_path, program, "rows.json", "outputs.npz")
    assert child.returncode == 0, child.stderr
    with np.load(tmp_path / "outputs.npz") as file:
        outputs = [file[name] for name in file.files]
    for (item, shape), on_jax in zip(rows, outputs, strict=True):
        expected = forward(item, shape)
        assert on_jax.shape == expected.shape, item
        assert np.abs(on_jax - expected).max() <= 1e-4 * max(1, np.abs(expected).max()), item
