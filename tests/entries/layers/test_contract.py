"""Every registered layer against the Keras layer of the same name."""

import inspect
import json
from typing import Any, get_args

import numpy as np
import pytest
from pydantic_core import PydanticUndefined

from cifarcnn.entries.layers.arguments import ActivationName
from cifarcnn.language.entry_types import LAYERS, Layer, Parameters, Shape, ShapeError
from cifarcnn.language.plan.network_plan import Composite
from tests.support.specs import layer_of

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

OF_KERAS = [name for name, entry in LAYERS.entries().items() if entry.of_keras]
FIELDS = [
    (name, field)
    for name in OF_KERAS
    for field in LAYERS.entries()[name].model_fields
    if (name, field) not in OURS_ALONE
]
KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


def built(item: str, shape: Shape) -> tuple[Layer, Any, Any]:
    """Our layer, Keras' layer, and what Keras' layer makes of two images of ones."""
    layer = layer_of(item)
    keras_layer = layer.build_optimized(name="under_test")
    output = keras_layer(np.ones((2, *shape), "float32"))
    return layer, keras_layer, output


@pytest.mark.parametrize(("item", "shape"), ROWS)
class TestAgainstKeras:
    def test_output_shape_is_that_of_keras(self, item: str, shape: Shape) -> None:
        layer, keras_layer, output = built(item, shape)
        assert layer.output_shape(shape) == tuple(output.shape)[1:]
        assert (None, *layer.output_shape(shape)) == keras_layer.compute_output_shape(
            (None, *shape)
        )

    def test_parameters_are_those_of_keras(self, item: str, shape: Shape) -> None:
        layer, keras_layer, _ = built(item, shape)
        assert layer.parameters(shape) == Parameters(
            numbers_in(keras_layer.trainable_weights), numbers_in(keras_layer.non_trainable_weights)
        )

    def test_each_weight_of_a_kernel_is_used_once_per_position(
        self, item: str, shape: Shape
    ) -> None:
        layer, keras_layer, output = built(item, shape)
        kernel = numbers_in([getattr(keras_layer, k) for k in KERNELS if hasattr(keras_layer, k)])
        positions = int(np.prod(tuple(output.shape)[1:-1], dtype=int))
        assert layer.macs(shape) == kernel * positions

    def test_arguments_reach_keras(self, item: str, shape: Shape) -> None:
        layer, keras_layer, _ = built(item, shape)
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

    def test_the_twin_is_of_keras_alone_and_has_the_same_weights(
        self, item: str, shape: Shape
    ) -> None:
        layer, keras_layer, _ = built(item, shape)
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


def serialized(value: Any) -> Any:
    from keras import saving

    return saving.serialize_keras_object(value)


def as_lists(value: Any) -> Any:
    if hasattr(value, "get_config"):
        value = serialized(value)
    return [as_lists(v) for v in value] if isinstance(value, tuple | list) else value


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


def test_every_layer_has_a_row() -> None:
    assert {layer_of(item).entry_name for item, _ in ROWS} == set(SINGLE)


@pytest.mark.parametrize("name", OF_KERAS)
def test_the_name_is_the_one_that_keras_gives(name: str) -> None:
    from keras import layers
    from keras.src.utils.naming import to_snake_case

    entry = LAYERS.entries()[name]
    assert entry.entry_name == name
    assert (name == to_snake_case(entry.__name__)) is (name not in NOT_SNAKE_CASE)
    assert name.replace("_", "") == entry.__name__.lower()
    assert issubclass(getattr(layers, entry.__name__), layers.Layer)


@pytest.mark.parametrize("name", LAYERS.entries())
def test_a_layer_and_its_arguments_are_described(name: str) -> None:
    entry = LAYERS.entries()[name]
    assert entry.summary().endswith(".")
    assert all(field.description for field in entry.model_fields.values())


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_an_argument_has_the_default_of_keras(name: str, field: str) -> None:
    from keras import initializers, layers

    entry = LAYERS.entries()[name]
    ours = entry.model_fields[field].get_default(call_default_factory=True, validated_data={})
    keras_default = inspect.signature(getattr(layers, entry.__name__)).parameters[field].default
    if (name, field) in OUR_DEFAULTS:
        default, _ = OUR_DEFAULTS[name, field]
        assert ours == default != keras_default
    elif keras_default is inspect.Parameter.empty:
        assert ours is PydanticUndefined
    elif field.endswith("_initializer"):
        assert as_lists(ours.build()) == as_lists(initializers.get(keras_default))
    else:
        assert ours == keras_default
        assert type(ours) is type(keras_default)


def test_the_activations_are_those_of_keras() -> None:
    from keras.src.activations import ALL_OBJECTS_DICT

    changes_the_shape, has_no_defaults = {"glu"}, {"threshold"}
    names = set(ALL_OBJECTS_DICT) - changes_the_shape - has_no_defaults
    assert set(get_args(ActivationName)) == names
