"""What initializers and regularizers do to a network: first values, and penalties in training."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.data.dataset import Split
from cifarcnn.data.splits import Splits
from cifarcnn.language.entry_types import INITIALIZERS, CallbackContext
from cifarcnn.language.load import parse_spec
from cifarcnn.language.problems import SpecError
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import Runtime
from tests.support.specs import layer_of


def kernel_of(item: str, channels: int = 3, seed: int = 1) -> np.ndarray:
    import keras

    keras.utils.set_random_seed(seed)
    layer = layer_of(item).build()
    layer.build((None, 8, 8, channels))
    kernel: np.ndarray = layer.get_weights()[0]
    return kernel


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_a_square_dirac_convolution_passes_its_input_on(size: int) -> None:
    layer = layer_of(
        f"conv2d: {{filters: 4, kernel_size: {size}, padding: same, kernel_initializer: dirac}}"
    ).build()
    images = np.random.default_rng(0).normal(size=(2, 9, 7, 4)).astype("float32")
    assert np.array_equal(layer(images), images)


def test_dirac_draws_the_filters_beyond_the_channels_as_rest_says() -> None:
    item = "conv2d: {filters: 64, kernel_size: 3, kernel_initializer: {dirac: {rest: %s}}}"
    uniform = "{variance_scaling: {scale: 0.333333333333, mode: fan_in, distribution: uniform}}"
    kernel = kernel_of(item % uniform)
    assert np.array_equal(kernel[1, 1, :, :3], np.eye(3))
    assert np.count_nonzero(kernel[..., :3]) == 3
    bound = 1 / np.sqrt(27)  # uniform within 1 / sqrt(inputs), as airbench draws it
    assert 0.95 * bound < np.abs(kernel[..., 3:]).max() <= bound
    assert np.array_equal(kernel_of(item % "ones")[..., 3:], np.ones((3, 3, 3, 61)))


def test_dirac_with_fewer_filters_than_channels_passes_the_first_on() -> None:
    kernel = kernel_of("conv2d: {filters: 2, kernel_size: 3, kernel_initializer: dirac}", 5)
    assert np.array_equal(kernel[1, 1], np.eye(5, 2))
    assert np.count_nonzero(kernel) == 2


RANDOM = [
    name
    for name in INITIALIZERS.entries()
    if name not in ("zeros", "ones", "constant")
]  # fmt: skip


@pytest.mark.parametrize("name", RANDOM)
def test_random_values_follow_from_the_seed(name: str) -> None:
    item = f"conv2d: {{filters: 8, kernel_size: 3, kernel_initializer: {name}}}"
    kernel = kernel_of(item)
    assert np.isfinite(kernel).all() and kernel.std() > 0
    assert np.array_equal(kernel, kernel_of(item))
    assert not np.array_equal(kernel, kernel_of(item, seed=2))


def test_two_kernels_of_one_layer_differ() -> None:
    layer = layer_of("separable_conv2d: {filters: 9, kernel_size: 3}").build()
    layer.build((None, 8, 8, 9))
    depthwise, pointwise, _ = layer.get_weights()
    assert not np.array_equal(depthwise.ravel(), pointwise.ravel())


def test_an_initializer_named_is_the_one_that_is_left_out() -> None:
    plain = kernel_of("conv2d: {filters: 8, kernel_size: 3}")
    named = kernel_of("conv2d: {filters: 8, kernel_size: 3, kernel_initializer: glorot_uniform}")
    assert np.array_equal(plain, named)


CONV = "conv2d: {filters: 8, kernel_size: 3, "
PROBLEMS = [
    # the item, what the message says, and what stands at the place that it names
    (CONV + "kernel_initializer: he_norml}",
     "kernel_initializer: unknown initializer 'he_norml'; did you mean 'he_normal'?", "he_norml}"),
    (CONV + "kernel_initializer: {variance_scaling: {scale: 0}}}",
     "conv2d.kernel_initializer.variance_scaling.scale: expected a value > 0.0", "0}}}"),
    (CONV + "kernel_initializer: {he_normal: {seed: 3}}}",
     "conv2d.kernel_initializer.he_normal.seed: unknown key", "seed"),
    (CONV + "bias_initializer: dirac}", "expected an initializer of a vector (dirac is one of "
     "convolution kernels only), received 'dirac'", "dirac}"),
    (CONV + "groups: 8, kernel_initializer: dirac}",
     "expected groups of 1 when kernel_initializer is dirac, received 8", "8, k"),
    (CONV + "kernel_regularizer: l3}", "unknown regularizer 'l3', expected l1, l2 or l1_l2", "l3}"),
    (CONV + "kernel_regularizer: {l2: {l2: -1}}}",
     "conv2d.kernel_regularizer.l2.l2: expected a value >= 0", "-1"),
    (CONV + "activation: leakyrelu}",
     "unknown activation 'leakyrelu'; did you mean 'leaky_relu'?", "leakyrelu"),
    ("depthwise_conv2d: {kernel_size: 3, strides: [1, 2]}",
     "expected the same stride in both directions", "[1, 2]"),
    ("group_normalization: {groups: 0}",
     "expected a number of groups, or -1 for one group per channel, received 0", "0}"),
    ("prelu: {shared_axes: [1, 4]}", "expected a list of axes: 1 for height", "[1, 4]"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "message", "place"), PROBLEMS)
def test_a_mistake_is_named_with_its_place(item: str, message: str, place: str) -> None:
    with pytest.raises(SpecError) as raised:
        parse_spec(f"name: a\nmodel:\n  layers:\n    - {item}\n", "a.yaml")
    (problem,) = raised.value.problems
    assert message in problem.in_one_line()
    assert problem.mark.line == 4 and problem.mark.text and problem.mark.column
    assert problem.mark.text[problem.mark.column - 1 :].startswith(place)


def test_regularizers_add_to_the_training_loss_what_they_say() -> None:
    layer = layer_of(
        "dense: {units: 2, kernel_initializer: ones, kernel_regularizer: {l2: {l2: 0.5}}, "
        "bias_initializer: {constant: {value: -3}}, bias_regularizer: {l1: {l1: 2}}, "
        "activity_regularizer: {l1_l2: {l1: 0.25}}}"
    ).build()
    output = layer(np.ones((1, 3), "float32"))  # 3 * 1 - 3 = 0
    assert np.array_equal(output, np.zeros((1, 2)))
    assert sorted(float(loss) for loss in layer.losses) == pytest.approx([0, 0.5 * 6, 2 * 6])


@pytest.mark.parametrize("which", ["beta", "gamma"])
def test_normalizations_can_be_penalized_too(which: str) -> None:
    layer: Any = layer_of(
        f"batch_normalization: {{{which}_regularizer: l2, {which}_initializer: ones}}"
    ).build()
    layer.build((None, 5))
    assert [float(loss) for loss in layer.losses] == pytest.approx([0.05])


PENALIZED = """\
name: penalized
model:
  layers:
    - global_average_pooling2d
    - dense: {units: 10, kernel_initializer: ones, kernel_regularizer: {l2: {l2: 2}}}
training: {epochs: 1, batch_size: 32, optimizer: {sgd: {learning_rate: 1e-9}}}
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own
def test_the_training_loss_has_the_penalties_and_the_validation_loss_has_not(
    tmp_path: Path,
) -> None:
    from cifarcnn.training.loop import Trainer
    from cifarcnn.training.progress import SilentProgress

    spec = parse_spec(PENALIZED, "penalized.yaml")
    black = Split(np.zeros((64, 32, 32, 3), np.uint8), np.zeros(64, np.uint8))
    runtime = Runtime("tensorflow", DeviceChoice((), "asked for"), {})
    context = CallbackContext(tmp_path, 0, lambda model, path: None)
    trainer = Trainer(spec, Splits(black, black, black), runtime, context)
    (result,) = trainer.epochs(SilentProgress(print), lambda: None)
    assert result.row.loss == pytest.approx(np.log(10) + 2 * 30, rel=1e-5)
    assert result.row.val_loss == pytest.approx(np.log(10), rel=1e-5)
