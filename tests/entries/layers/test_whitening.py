"""The patch-whitening convolution: its kernel, and what a run does with it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.data.dataset import Split
from cifarcnn.data.load import load_dataset
from cifarcnn.data.splits import Splits, split_dataset
from cifarcnn.entries.layers.whitening import whitening_kernel
from cifarcnn.errors import UserError
from cifarcnn.language.entry_types import LAYERS, CallbackContext
from cifarcnn.language.load import parse_spec
from cifarcnn.language.schema import Spec
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import Runtime
from tests.support.run import Cifarcnn, history_of, summary_of

# Keras' way of turning its variables into arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SPEC = """\
name: white
seed: 3
data: {dataset: demo, limit: 600, validation: 0.25, pixels: standard}
model:
  layers:
    - patch_whitening: {activation: gelu, images: 300}
    - conv2d: {filters: 24, kernel_size: 3, strides: 3, kernel_initializer: dirac, use_bias: false}
    - batch_normalization: {scale: false, momentum: 0.6, epsilon: 1e-12}
    - activation: {activation: gelu}
    - global_max_pooling2d
    - dense: {units: 10, use_bias: false, kernel_regularizer: {l2: {l2: 1e-4}}}
    - rescaling: {scale: 0.1111}
training:
  epochs: 2
  batch_size: 64
  optimizer: {sgd: {learning_rate: 0.2, momentum: 0.85, nesterov: true}}
"""


def correlated_maps(count: int) -> np.ndarray:
    """Maps whose neighbouring values and channels go together, as those of images do."""
    noise = np.random.default_rng(0).normal(size=(count, 12, 10, 3))
    smooth = noise.cumsum(axis=1).cumsum(axis=2) / 5 + noise[..., ::-1]
    return np.asarray(smooth - smooth.mean(), np.float32)


def patches_of(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """All patches of a size, one a row, in the order of a kernel's values."""
    rows, columns = maps.shape[1] - height + 1, maps.shape[2] - width + 1
    cut = [
        maps[:, row : row + height, column : column + width].reshape(len(maps), -1)
        for row in range(rows)
        for column in range(columns)
    ]
    return np.concatenate(cut).astype(np.float64)


@pytest.mark.parametrize("size", [(2, 2), (3, 1)])
def test_the_outputs_of_the_filters_are_white(size: tuple[int, int]) -> None:
    maps = correlated_maps(200)
    kernel = whitening_kernel(maps, size, 1e-9).reshape(-1, 2 * size[0] * size[1] * 3)
    half = kernel.shape[1] // 2
    output = patches_of(maps, *size) @ kernel[:, :half]
    np.testing.assert_allclose(output.T @ output / len(output), np.eye(half), atol=1e-3)
    assert np.array_equal(kernel[:, half:], -kernel[:, :half])


def test_epsilon_shrinks_the_filters_of_small_eigenvalues_which_come_last() -> None:
    maps = correlated_maps(50)
    patches = patches_of(maps, 2, 2)
    eigenvalues = np.linalg.eigvalsh(patches.T @ patches / len(patches))[::-1]
    norms = np.linalg.norm(whitening_kernel(maps, (2, 2), 0.5).reshape(12, 24), axis=0)
    np.testing.assert_allclose(norms[:12], 1 / np.sqrt(eigenvalues + 0.5), rtol=1e-4)


def test_constant_maps_give_a_kernel_of_finite_numbers() -> None:
    for value in (0, 1):
        kernel = whitening_kernel(np.full((3, 8, 8, 3), value, np.float32), (2, 2), 5e-4)
        assert np.isfinite(kernel).all()


def weights_of(path: Path) -> list[np.ndarray]:
    """Kernel and bias of the first layer of a checkpoint, read by plain Keras."""
    import keras

    layer = keras.models.load_model(path).get_layer("patch_whitening_1")
    assert type(layer) is keras.layers.Conv2D
    weights: list[np.ndarray] = layer.get_weights()
    return weights


def test_the_training_sets_the_kernel_from_its_first_images_and_trains_the_bias_only(
    tmp_path: Path,
) -> None:
    from cifarcnn.checkpoints.write import write_checkpoint
    from cifarcnn.training.loop import Trainer

    spec = parse_spec(SPEC, "white.yaml")
    pixels = np.random.default_rng(0).integers(0, 256, (400, 32, 32, 3), np.uint8)
    images = Split(pixels, np.zeros(400, np.uint8))
    runtime = Runtime("tensorflow", DeviceChoice((), "asked for"), {})
    context = CallbackContext(tmp_path, 0, lambda model, path: None)
    trainer = Trainer(spec, Splits(images, images, images), runtime, context)
    layer = trainer.model.get_layer("patch_whitening_1")
    assert [weight.name for weight in layer.trainable_weights] == ["bias"]
    trainer.adapt()
    assert np.array_equal(layer.kernel, kernel_from(spec, pixels[:300]))

    write_checkpoint(tmp_path / "checkpoint.h5", spec, trainer.model)
    written, _ = weights_of(tmp_path / "checkpoint.h5")
    assert np.array_equal(written, layer.kernel)


def bias_after(trainer: Any, epochs: int) -> np.ndarray:
    from cifarcnn.training.progress import SilentProgress

    for epoch in range(epochs):
        trainer._fit_epoch(epoch, SilentProgress(), lambda: None)
    return np.array(trainer.model.get_layer("patch_whitening_1").bias)


@pytest.mark.parametrize(
    ("averaging", "of_optimizer"),
    [
        ("null", "weight_decay: 0.1"),
        ("{lookahead: {period: 2, momentum: 0.5}}", "weight_decay: 0.1"),
        ("null", "gradient_accumulation_steps: 2"),
    ],
)
def test_the_bias_stays_after_its_epochs_and_all_else_trains_on(
    averaging: str, of_optimizer: str, tmp_path: Path
) -> None:
    from cifarcnn.training.loop import Trainer

    text = SPEC.replace("images: 300", "images: 300, bias_epochs: 2")
    text = text.replace("nesterov: true}", f"nesterov: true, {of_optimizer}}}")
    spec = parse_spec(text + f"  weight_averaging: {averaging}\n", "white.yaml")
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (200, 32, 32, 3), np.uint8)
    images = Split(pixels, random.integers(0, 10, 200, dtype=np.uint8))
    runtime = Runtime("tensorflow", DeviceChoice((), "asked for"), {})
    context = CallbackContext(tmp_path, 0, lambda model, path: None)

    def trainer() -> Trainer:
        fresh = Trainer(spec, Splits(images, images, images), runtime, context)
        fresh.adapt()
        return fresh

    one, three = trainer(), trainer()
    dense = np.array(one.model.get_layer("dense_1").kernel)
    first, second, third = bias_after(one, 1), bias_after(trainer(), 2), bias_after(three, 3)
    assert np.abs(second - first).max() > 1e-6
    assert np.array_equal(third, second)
    assert not np.array_equal(np.array(three.model.get_layer("dense_1").kernel), dense)


def test_the_bias_moves_as_with_a_higher_learning_rate() -> None:
    import keras

    def moved(multiplier: float) -> np.ndarray:
        keras.utils.set_random_seed(1)
        maps = keras.Input((4, 4, 3))
        item = {"patch_whitening": {"bias_learning_rate_multiplier": multiplier}}
        model = keras.Model(maps, LAYERS.read(item).build(name="white")(maps))
        # Linear, so that the gradient of the bias does not depend on it.
        model.compile(keras.optimizers.SGD(1e-3, momentum=0.85), loss=lambda _, y: y)
        model.fit(correlated_maps(96)[:, :4, :4], np.zeros(96), batch_size=32, verbose=0)
        return np.asarray(model.get_layer("white").bias)

    assert np.abs(moved(1)).min() > 0
    np.testing.assert_allclose(moved(64), 64 * moved(1), rtol=1e-4)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("bias_epochs: 2", "no bias_epochs without a bias"),
        ("bias_learning_rate_multiplier: 64", "no rate of a bias without a bias"),
    ],
)
def test_a_bias_that_is_not_there_has_no_epochs_and_no_rate(argument: str, expected: str) -> None:
    text = SPEC.replace("images: 300", f"use_bias: false, {argument}")
    with pytest.raises(UserError, match=f"{argument.partition(':')[0]}: expected {expected}"):
        parse_spec(text, "white.yaml")


@pytest.mark.slow
def test_a_run_takes_the_kernel_from_the_data_once_and_keeps_it(
    cifarcnn: Cifarcnn, tmp_path: Path
) -> None:
    (tmp_path / "white.yaml").write_text(SPEC)
    result = cifarcnn("train", "white.yaml", "--output", "one", "--epochs", "1")
    assert result.returncode == 0, result.stderr
    kernel, bias = weights_of(tmp_path / "one" / "checkpoint.h5")
    spec = parse_spec(SPEC, "white.yaml")
    train = split_dataset(load_dataset("demo", None, None), spec.data, spec.seed).train
    assert np.array_equal(kernel, kernel_from(spec, train.images[:300]))
    assert np.abs(bias).max() > 0

    scores = cifarcnn("evaluate", "one/checkpoint.h5")
    assert f"{summary_of(tmp_path / 'one')['test_loss']:.4f}" in scores.stdout

    # More images would give another kernel, were it not taken from the checkpoint.
    more = ("--set", "model.layers[0].patch_whitening.images=450")
    begun = cifarcnn(
        "train", "white.yaml", "--output", "two", "--init-from", "one/checkpoint.h5", *more
    )
    assert begun.returncode == 0, begun.stderr
    assert np.array_equal(weights_of(tmp_path / "two" / "checkpoint.h5")[0], kernel)

    assert cifarcnn("resume", "one", "--epochs", "2").returncode == 0
    whole = cifarcnn("train", "white.yaml", "--output", "whole")
    assert whole.returncode == 0, whole.stderr
    assert history_of(tmp_path / "one") == history_of(tmp_path / "whole")
    assert summary_of(tmp_path / "one")["digest"] == summary_of(tmp_path / "whole")["digest"]


def kernel_from(spec: Spec, images: np.ndarray) -> np.ndarray:
    """The kernel from images as they reach the first layer."""
    maps = np.asarray(pixel_rescaling(spec.data).build()(images))
    return np.asarray(whitening_kernel(maps, (2, 2), 5e-4))
