"""Every registered layer against the Keras layer of the same name."""

import inspect
from typing import Any

import numpy as np
import pytest
from pydantic_core import PydanticUndefined

from cifarcnn.spec.kinds import LAYERS, Layer, Parameters, Shape, ShapeError
from cifarcnn.spec.plan import Composite
from cifarcnn.spec.yaml_reader import read_yaml_text

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
    ("dense: {units: 7}", ROW),
    ("dense: {units: 7, use_bias: false, activation: gelu}", ROW),
    ("dense: {units: 7}", MAP),
    ("dense: {units: 1}", (1,)),
    ("activation: {activation: leaky_relu}", MAP),
    ("activation: {activation: softmax}", ROW),
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

SINGLE = {
    name: entry for name, entry in LAYERS.entries().items() if not issubclass(entry, Composite)
}
"""The layers that Keras has too; for the others see test_composites.py."""

FIELDS = [(name, field) for name in SINGLE for field in SINGLE[name].model_fields]


def layer_of(item: str) -> Layer:
    return LAYERS.read(read_yaml_text(item, "test").data)


def built(item: str, shape: Shape) -> tuple[Layer, Any, Any]:
    """Our layer, Keras' layer, and what Keras' layer makes of two images of ones."""
    layer = layer_of(item)
    keras_layer = layer.build(name="under_test")
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
        kernel = numbers_in([keras_layer.kernel]) if hasattr(keras_layer, "kernel") else 0
        positions = int(np.prod(tuple(output.shape)[1:-1], dtype=int))
        assert layer.macs(shape) == kernel * positions

    def test_arguments_reach_keras(self, item: str, shape: Shape) -> None:
        layer, keras_layer, _ = built(item, shape)
        config = keras_layer.get_config()
        arguments = layer.arguments()
        meaning_of_none = {"activation": "linear", "strides": arguments.get("pool_size")}
        for name, given in arguments.items():
            value = meaning_of_none[name] if given is None else given
            assert as_lists(config[name]) == as_lists(value), name


def numbers_in(weights: list[Any]) -> int:
    return sum(int(np.prod(weight.shape, dtype=int)) for weight in weights)


def as_lists(value: Any) -> Any:
    return [as_lists(v) for v in value] if isinstance(value, tuple | list) else value


@pytest.mark.parametrize(("item", "shape"), REFUSED)
def test_what_is_refused_keras_refuses_too(item: str, shape: Shape) -> None:
    layer = layer_of(item)
    with pytest.raises(ShapeError):
        layer.output_shape(shape)
    import keras
    import tensorflow as tf

    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        # Poolings find out while the network is built, rescalings when numbers arrive.
        layer.build()(keras.Input(shape))
        layer.build()(np.ones((2, *shape), "float32"))


def test_every_layer_has_a_row() -> None:
    assert {layer_of(item).entry_name for item, _ in ROWS} == set(SINGLE)


@pytest.mark.parametrize("name", SINGLE)
def test_the_name_is_the_one_that_keras_gives(name: str) -> None:
    from keras import layers
    from keras.src.utils.naming import to_snake_case

    entry = LAYERS.entries()[name]
    assert entry.entry_name == name == to_snake_case(entry.__name__)
    assert issubclass(getattr(layers, entry.__name__), layers.Layer)
    assert entry.summary().endswith(".")


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_an_argument_is_described_and_has_the_default_of_keras(name: str, field: str) -> None:
    from keras import layers

    entry = LAYERS.entries()[name]
    ours = entry.model_fields[field]
    keras_default = inspect.signature(getattr(layers, entry.__name__)).parameters[field].default
    if (name, field) in OUR_DEFAULTS:
        default, _ = OUR_DEFAULTS[name, field]
        assert ours.default == default != keras_default
    elif keras_default is inspect.Parameter.empty:
        assert ours.default is PydanticUndefined
    else:
        assert ours.default == keras_default
        assert type(ours.default) is type(keras_default)
    assert ours.description
