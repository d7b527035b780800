"""The arithmetic of whole networks, against Keras, on networks that chance makes."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifarcnn.layers.network import build_network
from cifarcnn.layers.preprocessing import Rescaling
from cifarcnn.spec.kinds import LAYERS, Layer, Shape, ShapeError
from cifarcnn.spec.plan import IMAGE_SHAPE, plan_network
from cifarcnn.spec.yaml_reader import read_yaml_text
from tests.layers.test_contract import ROWS

activations = st.sampled_from([None, "relu", "tanh", "leaky_relu", "silu"])
paddings = st.sampled_from(["valid", "same"])
booleans = st.booleans()


def sides(largest: int) -> st.SearchStrategy[Any]:
    side = st.integers(1, largest)
    return side | st.lists(side, min_size=2, max_size=2)


@st.composite
def conv2d(draw: st.DrawFn) -> dict[str, Any]:
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    step = draw(st.sampled_from(["strides", "dilation_rate"]))
    return {
        "filters": groups * draw(st.integers(1, 4)),
        "kernel_size": draw(sides(5)),
        step: draw(sides(3)),
        "padding": draw(paddings),
        "groups": groups,
        "activation": draw(activations),
        "use_bias": draw(booleans),
    }


@st.composite
def separable_conv2d(draw: st.DrawFn, filters: bool = True) -> dict[str, Any]:
    more = {"filters": draw(st.integers(1, 8))} if filters else {}
    return more | {
        "kernel_size": draw(sides(5)),
        "strides": draw(st.integers(1, 3)),
        "dilation_rate": draw(st.just(1) | sides(2)),
        "padding": draw(paddings),
        "depth_multiplier": draw(st.integers(1, 3)),
        "activation": draw(activations),
        "use_bias": draw(booleans),
    }


pooling = st.fixed_dictionaries(
    {}, optional={"pool_size": sides(5), "strides": st.none() | sides(4), "padding": paddings}
)
global_pooling = st.fixed_dictionaries({}, optional={"keepdims": booleans})
margin = st.integers(0, 3)
margins = margin | st.tuples(margin, margin) | st.tuples(st.tuples(margin, margin), margin)

ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "conv2d": conv2d(),
    "separable_conv2d": separable_conv2d(),
    "depthwise_conv2d": separable_conv2d(filters=False),
    "patch_whitening": st.fixed_dictionaries(
        {}, optional={"kernel_size": sides(3), "padding": paddings, "use_bias": booleans}
    ),
    "group_normalization": st.fixed_dictionaries(
        {"groups": st.sampled_from([-1, 1, 2, 3])}, optional={"center": booleans, "scale": booleans}
    ),
    "dense": st.fixed_dictionaries(
        {"units": st.integers(1, 12), "activation": activations, "use_bias": booleans}
    ),
    "activation": st.fixed_dictionaries({"activation": activations.filter(bool)}),
    "max_pooling2d": pooling,
    "average_pooling2d": pooling,
    "global_average_pooling2d": global_pooling,
    "global_max_pooling2d": global_pooling,
    "batch_normalization": st.fixed_dictionaries(
        {}, optional={"center": booleans, "scale": booleans}
    ),
    "dropout": st.fixed_dictionaries({"rate": st.floats(0, 0.9)}),
    "flatten": st.just({}),
    "zero_padding2d": st.fixed_dictionaries({}, optional={"padding": margins}),
    "rescaling": st.fixed_dictionaries({"scale": st.floats(-3, 3), "offset": st.floats(-3, 3)}),
}
"""Layers whose arguments are drawn; those of the others are the rows of the contract test."""
ITEMS = [read_yaml_text(item, "test").data for item, _ in ROWS]
ROWS_OF = {
    name: [item for item in ITEMS if name in item or name == item] for name in LAYERS.entries()
}
SHRINKING = ("flatten", "global_average_pooling2d", "global_max_pooling2d")
"""Layers after which little can follow; drawn less often."""
NAMES = [name for name in LAYERS.entries() if name not in SHRINKING] * 3 + list(SHRINKING)


def items_named(name: str) -> st.SearchStrategy[Any]:
    if name in ARGUMENTS:
        return ARGUMENTS[name].map(lambda arguments: {name: arguments})
    return st.sampled_from(ROWS_OF[name])


items = st.sampled_from(NAMES).flatmap(items_named)


@st.composite
def networks(draw: st.DrawFn) -> list[Layer]:
    """Layers that follow each other (what does not fit is left out), ending with 10 values."""
    layers: list[Layer] = []
    shape: Shape = IMAGE_SHAPE
    for item in draw(st.lists(items, max_size=9)):
        layer = LAYERS.read(item)
        try:
            shape = layer.output_shape(shape)
        except ShapeError:
            continue
        layers.append(layer)
    if len(shape) == 3:
        layers.append(LAYERS.read("flatten"))
    return [*layers, LAYERS.read({"dense": {"units": 10, "activation": "softmax"}})]


@pytest.fixture(scope="module")
def examples() -> list[list[str]]:
    """The names of the layers of each network that was compared."""
    return []


@settings(
    max_examples=220,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(layers=networks())
def test_the_plan_of_a_network_is_what_keras_builds(
    layers: list[Layer], examples: list[list[str]]
) -> None:
    import keras

    if len(examples) % 50 == 0:
        keras.utils.clear_session()
    plan = plan_network(layers)
    model = build_network("random", Rescaling(scale=1 / 255), layers)
    examples.append([layer.entry_name for layer in layers])

    assert [layer.name for layer in model.layers] == [
        "images",
        "pixels",
        *(row.name for row in plan.layers),
    ]
    for row in plan.layers:
        layer = model.get_layer(row.name)
        assert tuple(layer.input.shape) == (None, *row.input_shape)
        assert tuple(layer.output.shape) == (None, *row.output_shape)
        assert sum(keras.ops.size(w) for w in layer.trainable_weights) == row.parameters.trainable
        assert sum(keras.ops.size(w) for w in layer.non_trainable_weights) == (
            row.parameters.non_trainable
        )
    assert model.count_params() == plan.parameters.total


def test_the_networks_were_many_and_deep_and_of_every_layer(examples: list[list[str]]) -> None:
    """Runs after the comparison and guards against a generator that makes trivial networks."""
    if not examples:
        pytest.skip("the comparison was not selected")
    assert len(examples) >= 200
    assert sum(len(names) >= 5 for names in examples) > len(examples) // 4
    assert {name for names in examples for name in names} == set(LAYERS.entries())
