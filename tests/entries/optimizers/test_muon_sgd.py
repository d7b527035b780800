"""The optimizer muon_sgd against plain NumPy."""

from typing import Any

import numpy as np
import pytest

from cifarcnn.language.entry_types import OPTIMIZERS
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from tests.support.jax_process import needs_jax, run_on_jax

# Keras' way of turning its variables into arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ITEM = "muon_sgd: {learning_rate: 0.1, sgd_lr_ratio: 2, weight_decay: 0.5}"
KERNEL, BIAS = (3, 3, 4, 6), (6,)


@pytest.fixture(scope="module", autouse=True)
def _keras() -> None:
    start_on(DeviceChoice((), "tests"), RuntimeSpec())


def built(item: str) -> Any:
    return OPTIMIZERS.read(read_yaml_text(item, "test").data).build()


def orthogonal_by_hand(matrix: np.ndarray, steps: int) -> np.ndarray:
    """The polynomial of the singular values, by the decomposition itself."""
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    s = s / np.sqrt((s**2).sum())
    for _ in range(steps):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    product: np.ndarray = (u * s) @ v
    return product


@pytest.mark.parametrize("shape", [(5, 5), (108, 16), (7, 40)])
def test_newton_schulz_works_on_the_singular_values_alone(shape: tuple[int, int]) -> None:
    from cifarcnn.entries.optimizers.keras_muon_sgd import orthogonalized

    matrix = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    result = np.asarray(orthogonalized(matrix, 3))
    assert result == pytest.approx(orthogonal_by_hand(matrix, 3), abs=1e-4)
    values = np.linalg.svd(np.asarray(orthogonalized(matrix, 5)), compute_uv=False)
    assert values.min() > 0.3 and values.max() < 1.3


def follow_by_hand(
    kernel: np.ndarray, bias: np.ndarray, gradients: list[tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Both variables after some steps of `ITEM`."""
    kernel_slot, bias_slot = np.zeros_like(kernel), np.zeros_like(bias)
    for of_kernel, of_bias in gradients:
        kernel_slot = 0.6 * kernel_slot + of_kernel
        matrix = (of_kernel + 0.6 * kernel_slot).reshape(-1, kernel.shape[-1])
        update = orthogonal_by_hand(matrix, 3).reshape(kernel.shape)
        kernel = kernel * np.sqrt(kernel.shape[-1]) / np.linalg.norm(kernel) - 0.1 * update
        bias = bias * (1 - 0.1 * 0.5)
        bias_slot = 0.85 * bias_slot - 0.2 * of_bias
        bias = bias + 0.85 * bias_slot - 0.2 * of_bias
    return kernel, bias


def some_values() -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(2)
    return [
        (random.normal(size=KERNEL).astype(np.float32), random.normal(size=BIAS).astype(np.float32))
        for _ in range(4)
    ]


def test_kernels_follow_muon_and_all_else_follows_sgd() -> None:
    import keras

    first, *gradients = some_values()
    variables = [keras.Variable(value) for value in first]
    optimizer = built(ITEM)
    optimizer.build(variables)
    for of_kernel, of_bias in gradients:
        optimizer.apply([of_kernel, of_bias], variables)
    for variable, expected in zip(variables, follow_by_hand(*first, gradients), strict=True):
        assert np.asarray(variable) == pytest.approx(expected, abs=1e-4)


def test_without_normalization_a_kernel_keeps_its_size() -> None:
    import keras

    kernel, _ = some_values()[0]
    gradient, _ = some_values()[1]
    for normalize in (True, False):
        variable = keras.Variable(kernel)
        optimizer = built(f"muon_sgd: {{learning_rate: 1e-6, normalize: {str(normalize).lower()}}}")
        optimizer.build([variable])
        optimizer.apply([gradient], [variable])
        expected = np.sqrt(6) if normalize else np.linalg.norm(kernel)
        assert np.linalg.norm(np.asarray(variable)) == pytest.approx(expected, rel=1e-4)


def test_a_depthwise_kernel_is_no_matrix_and_follows_sgd() -> None:
    import keras

    layer = keras.layers.DepthwiseConv2D(3, name="depthwise_conv2d_1")
    layer.build((None, 8, 8, 4))
    before = np.asarray(layer.kernel)
    gradient = np.random.default_rng(3).normal(size=before.shape).astype(np.float32)
    optimizer = built("muon_sgd: {learning_rate: 0.1, sgd_lr_ratio: 2, sgd_momentum: 0}")
    optimizer.build([layer.kernel])
    optimizer.apply([gradient], [layer.kernel])
    assert np.asarray(layer.kernel) == pytest.approx(before - 0.2 * gradient, abs=1e-6)


@needs_jax
@pytest.mark.slow
def test_it_trains_on_jax(tmp_path: Any) -> None:
    (tmp_path / "spec.yaml").write_text(f"""\
name: muon
data: {{dataset: demo, limit: 400}}
model:
  layers:
    - conv2d: {{filters: 8, kernel_size: 5, strides: 4}}
    - batch_normalization
    - global_average_pooling2d
    - dense: {{units: 10}}
training: {{epochs: 2, batch_size: 40, optimizer: {{{ITEM}}}}}
""")
    result = run_on_jax(tmp_path, "cifarcnn", "train", "spec.yaml", "--output", "run")
    assert result.returncode == 0, result.stderr
