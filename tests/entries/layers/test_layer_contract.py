"""Every registered layer against the Keras layer of the same name."""

import json
from typing import Any, get_args

import numpy as np
import pytest

from cifarcnn.entries.layers.arguments import ActivationName
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.plan.network_plan import Composite
from cifarcnn.language.shapes import Parameters, Shape, ShapeError
from tests.entries.contract import (
    as_lists,
    check_against_keras,
    entry_of,
    read_and_check,
    require_rows,
    serialized,
)

MAP = (9, 12, 4)
ROW = (24,)

ROWS: list[tuple[str, Shape]] = [
    ("conv2d: {filters: 5, kernel_size: 3}", MAP),
    ("conv2d: {filters: 5, kernel_size: 3, strides: 2}", MAP),
    ("conv2d: {filters: 5, kernel_size: 3, strides: 2, padding: same}", MAP),
    ("conv2d: {filters: 5, kernel_size: 4, strides: [3, 5], padding: same}", MAP),
    ("conv2d: {filters: 5, kernel_size: [1, 7], strides: [4, 2]}", MAP),
    ("conv2d: {filters: 5, kernel_size: [9, 12]}", MAP),
    ("conv2d: {filters: 5, kernel_size: 20, padding: same}", MAP),
    ("conv2d: {filters: 5, kernel_size: 1, strides: 20}", MAP),
    ("conv2d: {filters: 5, kernel_size: [3, 2], dilation_rate: [4, 3]}", MAP),
    ("conv2d: {filters: 5, kernel_size: 3, dilation_rate: 2, padding: same}", MAP),
    ("conv2d: {filters: 6, kernel_size: 3, groups: 2}", MAP),
    ("conv2d: {filters: 8, kernel_size: 3, groups: 4, use_bias: false}", MAP),
    ("conv2d: {filters: 5, kernel_size: 3, use_bias: false, activation: relu}", MAP),
    ("conv2d: {filters: 5, kernel_size: 3, kernel_initializer: he_normal}", MAP),
    ("conv2d: {filters: 6, kernel_size: 3, kernel_initializer: dirac, padding: same}", MAP),
    ("conv2d: {filters: 5, kernel_size: 3, bias_initializer: {constant: {value: 2}}}", MAP),
    ("conv2d: {filters: 5, kernel_size: 3, kernel_regularizer: l2, bias_regularizer: l1}", MAP),
    ("conv2d: {filters: 5, kernel_size: 1, activity_regularizer: {l1_l2: {l2: 1}}}", MAP),
    ("depthwise_conv2d: {kernel_size: 3}", MAP),
    ("depthwise_conv2d: {kernel_size: [2, 5], depth_multiplier: 3, use_bias: false}", MAP),
    ("depthwise_conv2d: {kernel_size: 3, strides: 2, padding: same, activation: relu}", MAP),
    ("depthwise_conv2d: {kernel_size: 3, dilation_rate: [4, 3]}", MAP),
    ("depthwise_conv2d: {kernel_size: 3, strides: 2, dilation_rate: 2}", MAP),
    ("depthwise_conv2d: {kernel_size: 3, depthwise_initializer: orthogonal}", MAP),
    ("depthwise_conv2d: {kernel_size: 3, depthwise_regularizer: l2}", MAP),
    ("separable_conv2d: {filters: 5, kernel_size: 3}", MAP),
    ("separable_conv2d: {filters: 5, kernel_size: [3, 2], depth_multiplier: 2}", MAP),
    ("separable_conv2d: {filters: 5, kernel_size: 3, strides: 3, padding: same}", MAP),
    ("separable_conv2d: {filters: 5, kernel_size: 2, dilation_rate: 2, use_bias: false}", MAP),
    ("separable_conv2d: {filters: 5, kernel_size: 2, pointwise_initializer: dirac}", MAP),
    ("separable_conv2d: {filters: 5, kernel_size: 2, pointwise_regularizer: l1}", MAP),
    ("patch_whitening", MAP),
    ("patch_whitening: {kernel_size: [3, 1], padding: same, activation: gelu}", MAP),
    ("patch_whitening: {use_bias: false, epsilon: 1e-2, images: 100}", MAP),
    ("dense: {units: 7}", ROW),
    ("dense: {units: 7, kernel_initializer: orthogonal, kernel_regularizer: l2}", ROW),
    ("dense: {units: 7, bias_initializer: ones, activity_regularizer: l1}", ROW),
    ("dense: {units: 7, use_bias: false, activation: gelu}", ROW),
    ("dense: {units: 7}", MAP),
    ("dense: {units: 1}", (1,)),
    ("activation: {activation: leaky_relu}", MAP),
    ("activation: {activation: softmax}", ROW),
    ("relu", MAP),
    ("relu: {max_value: 6, negative_slope: 0.1, threshold: 0.5}", ROW),
    ("leaky_relu", MAP),
    ("leaky_relu: {negative_slope: 0.1}", ROW),
    ("prelu", MAP),
    ("prelu: {shared_axes: [1, 2]}", MAP),
    ("prelu: {shared_axes: 1, alpha_regularizer: l2}", ROW),
    ("prelu: {shared_axes: [3, 1], alpha_initializer: {constant: {value: 0.25}}}", MAP),
    ("max_pooling2d", MAP),
    ("max_pooling2d: {pool_size: 3}", MAP),
    ("max_pooling2d: {pool_size: 3, padding: same}", MAP),
    ("max_pooling2d: {pool_size: [2, 5], strides: [3, 1]}", MAP),
    ("max_pooling2d: {pool_size: 1, strides: 4}", MAP),
    ("max_pooling2d: {pool_size: 40, padding: same}", MAP),
    ("max_pooling2d: {pool_size: [9, 12]}", MAP),
    ("average_pooling2d", MAP),
    ("average_pooling2d: {pool_size: [4, 5], strides: 2, padding: same}", MAP),
    ("average_pooling2d: {pool_size: 5, strides: [1, 3]}", MAP),
    ("global_average_pooling2d", MAP),
    ("global_average_pooling2d: {keepdims: true}", MAP),
    ("global_max_pooling2d", MAP),
    ("global_max_pooling2d: {keepdims: true}", MAP),
    ("batch_normalization", MAP),
    ("batch_normalization", ROW),
    ("batch_normalization: {momentum: 0.5, epsilon: 1e-5, center: false}", MAP),
    ("batch_normalization: {scale: false}", MAP),
    ("batch_normalization: {center: false, scale: false}", ROW),
    ("batch_normalization: {scale: false, momentum: 0.6, epsilon: 1e-12}", MAP),
    ("batch_normalization: {beta_learning_rate_multiplier: 64}", MAP),
    ("batch_normalization: {gamma_initializer: zeros, beta_regularizer: l2}", MAP),
    ("layer_normalization", MAP),
    ("layer_normalization: {epsilon: 1e-6, center: false, gamma_regularizer: l1}", ROW),
    ("group_normalization: {groups: 2}", MAP),
    ("group_normalization: {groups: 1, scale: false, beta_initializer: ones}", MAP),
    ("group_normalization: {groups: -1}", MAP),
    ("group_normalization: {groups: 6}", ROW),
    ("rms_normalization", MAP),
    ("rms_normalization: {epsilon: 1e-3}", ROW),
    ("spatial_dropout2d: {rate: 0.5}", MAP),
    ("gaussian_noise: {stddev: 0.1}", MAP),
    ("dropout: {rate: 0.5}", MAP),
    ("dropout: {rate: 0}", ROW),
    ("flatten", MAP),
    ("flatten", ROW),
    ("zero_padding2d", MAP),
    ("zero_padding2d: {padding: 3}", MAP),
    ("zero_padding2d: {padding: 0}", MAP),
    ("zero_padding2d: {padding: [2, 5]}", MAP),
    ("zero_padding2d: {padding: [[0, 1], [2, 3]]}", MAP),
    ("zero_padding2d: {padding: [4, [0, 7]]}", MAP),
    ("cropping2d: {cropping: [[0, 1], [2, 3]]}", MAP),
    ("rescaling: {scale: 2}", MAP),
    ("rescaling: {scale: 0.5, offset: -1}", ROW),
    ("rescaling: {scale: [1, 2, 3, 4], offset: [0, 0.5, -1, 1e3]}", MAP),
    ("rescaling: {scale: [2], offset: [1]}", MAP),
]

COMPOSITES = [
    "repeat: {times: 2, layers: [flatten]}",
    "residual: {layers: [{dense: {units: 4}}], projection: [flatten]}",
]
"""What they stand for is in test_composites.py."""

REFUSED: list[tuple[str, Shape]] = [
    ("conv2d: {filters: 5, kernel_size: [10, 1]}", MAP),
    ("conv2d: {filters: 5, kernel_size: [1, 13]}", MAP),
    ("conv2d: {filters: 5, kernel_size: 4, dilation_rate: 3}", MAP),
    ("conv2d: {filters: 6, kernel_size: 3, groups: 3}", MAP),
    ("conv2d: {filters: 5, kernel_size: 3}", ROW),
    ("depthwise_conv2d: {kernel_size: [10, 1]}", MAP),
    ("depthwise_conv2d: {kernel_size: 3}", ROW),
    ("separable_conv2d: {filters: 5, kernel_size: 4, dilation_rate: 3}", MAP),
    ("separable_conv2d: {filters: 5, kernel_size: 1}", ROW),
    ("patch_whitening: {kernel_size: 10}", MAP),
    ("patch_whitening", ROW),
    ("prelu: {shared_axes: [1, 2]}", ROW),
    ("group_normalization", MAP),
    ("group_normalization: {groups: 3}", MAP),
    ("spatial_dropout2d: {rate: 0.5}", ROW),
    ("max_pooling2d: {pool_size: 10}", MAP),
    ("average_pooling2d: {pool_size: [1, 13]}", MAP),
    ("max_pooling2d", ROW),
    ("average_pooling2d", ROW),
    ("global_average_pooling2d", ROW),
    ("global_max_pooling2d: {keepdims: true}", ROW),
    ("zero_padding2d", ROW),
    ("rescaling: {scale: [1, 2, 3]}", MAP),
    ("rescaling: {scale: 1, offset: [1, 2, 3]}", MAP),
]

OUR_DEFAULTS: dict[tuple[str, str], tuple[Any, str]] = {
    ("zero_padding2d", "padding"): (((1, 1), (1, 1)), "Keras' (1, 1), written out"),
    ("average_pooling2d", "pool_size"): ((2, 2), "Keras has one for max_pooling2d only"),
}
"""Where ours differs from Keras', and why."""

OURS_ALONE = {
    ("batch_normalization", "beta_learning_rate_multiplier"): "Keras has no such thing",
}
"""Arguments that Keras does not have."""

NOT_SNAKE_CASE = {
    "relu": "as keras.activations calls it",
    "leaky_relu": "as keras.activations calls it",
    "prelu": "like leaky_relu",
}

SINGLE = [n for n, entry in LAYERS.entries().items() if not issubclass(entry, Composite)]
"""For the others see test_composites.py."""

KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


def layer_of(item: str) -> Layer:
    layer: Layer = entry_of(LAYERS, item)
    return layer


def test_every_layer_has_a_row() -> None:
    require_rows(LAYERS, [*(item for item, _ in ROWS), *COMPOSITES])


@pytest.mark.parametrize("item", COMPOSITES)
def test_a_composite_is_described(item: str) -> None:
    read_and_check(LAYERS, item)


@pytest.mark.parametrize(("item", "shape"), ROWS)
def test_a_layer_keeps_its_contract(item: str, shape: Shape) -> None:
    import keras

    layer = read_and_check(LAYERS, item)
    if layer.of_keras:
        check_against_keras(
            layer,
            not_snake_case=NOT_SNAKE_CASE,
            our_defaults=OUR_DEFAULTS,
            ours_alone=OURS_ALONE,
            same_types=True,
        )
    keras_layer = layer.build_optimized(name="under_test")
    assert isinstance(keras_layer, keras.layers.Layer)
    output = keras_layer(np.ones((2, *shape), "float32"))
    check_output_shape(layer, keras_layer, shape, output)
    check_parameters(layer, keras_layer, shape)
    check_macs(layer, keras_layer, shape, output)
    check_arguments(layer, keras_layer, shape)
    check_twin(layer, keras_layer, shape)


def check_output_shape(layer: Layer, keras_layer: Any, shape: Shape, output: Any) -> None:
    assert layer.output_shape(shape) == tuple(output.shape)[1:]
    assert (None, *layer.output_shape(shape)) == keras_layer.compute_output_shape((None, *shape))


def check_parameters(layer: Layer, keras_layer: Any, shape: Shape) -> None:
    assert layer.parameters(shape) == Parameters(
        numbers_in(keras_layer.trainable_weights), numbers_in(keras_layer.non_trainable_weights)
    )


def check_macs(layer: Layer, keras_layer: Any, shape: Shape, output: Any) -> None:
    """Each weight of a kernel is used once per position."""
    kernel = numbers_in([getattr(keras_layer, k) for k in KERNELS if hasattr(keras_layer, k)])
    positions = int(np.prod(tuple(output.shape)[1:-1], dtype=int))
    assert layer.macs(shape) == kernel * positions


def check_arguments(layer: Layer, keras_layer: Any, shape: Shape) -> None:
    """They reach Keras."""
    config = keras_layer.get_config()
    arguments = layer.arguments()
    meaning_of_none = {"activation": "linear", "strides": arguments.get("pool_size")}
    for name, given in arguments.items():
        if not layer.of_keras and name not in config:
            continue
        value = meaning_of_none.get(name) if given is None else given
        if name == "groups" and value == -1:
            value = shape[-1]  # as Keras has it, once it is built
        held = config[name] if given is not None else config.get(name)
        if "dirac" not in str(held):  # a function; see test_initializers.py
            assert as_lists(held) == as_lists(value), name


def check_twin(layer: Layer, keras_layer: Any, shape: Shape) -> None:
    """It is of Keras alone and has the same weights."""
    twin = layer.twin(shape).build(name="under_test")
    twin.build((None, *shape))
    assert [w.path for w in twin.weights] == [w.path for w in keras_layer.weights]
    twin.set_weights(keras_layer.get_weights())
    images = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    assert np.array_equal(twin(images), keras_layer(images))
    text = json.dumps(serialized(twin))
    assert "cifarcnn" not in text and "dirac" not in text
    assert type(twin).__module__.startswith("keras.")


def numbers_in(weights: list[Any]) -> int:
    return sum(int(np.prod(weight.shape, dtype=int)) for weight in weights)


@pytest.mark.parametrize(("item", "shape"), REFUSED)
def test_what_is_refused_keras_refuses_too(item: str, shape: Shape) -> None:
    layer = layer_of(item)
    with pytest.raises(ShapeError):
        layer.output_shape(shape)
    import keras
    import tensorflow as tf

    with pytest.raises((ValueError, IndexError, tf.errors.InvalidArgumentError)):
        # Poolings find out while the network is built, rescalings when numbers arrive.
        layer.build()(keras.Input(shape))
        layer.build()(np.ones((2, *shape), "float32"))


def test_the_activations_are_those_of_keras() -> None:
    from keras.src.activations import ALL_OBJECTS_DICT

    changes_the_shape, has_no_defaults = {"glu"}, {"threshold"}
    names = set(ALL_OBJECTS_DICT) - changes_the_shape - has_no_defaults
    assert set(get_args(ActivationName)) == names
