"""The arithmetic of whole networks, against Keras, on networks that chance makes."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifarcnn.entries.layers.preprocessing import Rescaling
from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.plan.network_plan import Plan, plan_network
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.shapes import Shape, ShapeError
from cifarcnn.networks.build import build_network
from tests.entries.layers.test_layer_contract import ROWS, SINGLE

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
ROWS_OF = {name: [item for item in ITEMS if name in item or name == item] for name in SINGLE}
SHRINKING = ("flatten", "global_average_pooling2d", "global_max_pooling2d")
"""Layers after which little can follow; drawn less often."""
NAMES = [name for name in SINGLE if name not in SHRINKING] * 3 + list(SHRINKING)


def items_named(name: str) -> st.SearchStrategy[Any]:
    if name in ARGUMENTS:
        return ARGUMENTS[name].map(lambda arguments: {name: arguments})
    return st.sampled_from(ROWS_OF[name])


items = st.sampled_from(NAMES).flatmap(items_named)


KINDS = ["single"] * 4 + ["repeat", "residual", "residual"]


@st.composite
def chains(draw: st.DrawFn, shape: Shape, depth: int, longest: int) -> tuple[list[Layer], Shape]:
    """Layers that follow each other (what does not fit is left out), and what comes out."""
    layers: list[Layer] = []
    for kind in draw(st.lists(st.sampled_from(KINDS if depth else ["single"]), max_size=longest)):
        if kind == "single":
            item = draw(items)
        else:
            inner, output = draw(chains(shape, depth - 1, 2))
            if not inner:
                continue
            times = draw(st.integers(1, 2))
            projection = draw(projections(shape, output))
            item = {
                "repeat": {"repeat": {"times": times, "layers": inner}},
                "residual": {"residual": {"layers": inner, "projection": projection}},
            }[kind]
        layer = LAYERS.read(item)
        try:
            shape = layer.output_shape(shape)
        except ShapeError:
            continue
        layers.append(layer)
    return layers, shape


@st.composite
def projections(draw: st.DrawFn, shape: Shape, wanted: Shape) -> list[Any] | None:
    """Layers that lead from one shape to another, if there are some."""
    if shape == wanted:
        return draw(st.sampled_from([None, ["batch_normalization"]]))
    if len(wanted) == 1:
        return [*(["flatten"] if len(shape) == 3 else []), {"dense": {"units": wanted[0]}}]
    if len(shape) == 1 or wanted[0] > shape[0] or wanted[1] > shape[1]:
        return None
    window = [old - new + 1 for old, new in zip(shape[:2], wanted[:2], strict=True)]
    return [{"conv2d": {"filters": wanted[2], "kernel_size": window}}]


@st.composite
def networks(draw: st.DrawFn) -> list[Layer]:
    """A chain from an image that ends with 10 values."""
    layers, shape = draw(chains(IMAGE_SHAPE, 2, 6))
    if len(shape) == 3:
        layers.append(LAYERS.read("flatten"))
    return [*layers, LAYERS.read({"dense": {"units": 10, "activation": "softmax"}})]


@pytest.fixture(scope="module")
def examples() -> list[Plan]:
    """The networks that were compared."""
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
    layers: list[Layer], examples: list[Plan]
) -> None:
    import keras

    if len(examples) % 50 == 0:
        keras.utils.clear_session()
    plan = plan_network(layers)
    model = build_network("random", Rescaling(scale=1 / 255), layers)
    examples.append(plan)

    names = [layer.name for layer in model.layers]
    assert sorted(names) == sorted(["images", "pixels", *(row.name for row in plan.layers)])
    for row in plan.layers:
        layer = model.get_layer(row.name)
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        assert [tuple(one.shape) for one in inputs] == [(None, *row.input_shape)] * len(row.inputs)
        assert [one._keras_history.operation.name for one in inputs] == list(row.inputs)
        assert tuple(layer.output.shape) == (None, *row.output_shape)
        assert sum(keras.ops.size(w) for w in layer.trainable_weights) == row.parameters.trainable
        assert sum(keras.ops.size(w) for w in layer.non_trainable_weights) == (
            row.parameters.non_trainable
        )
    assert model.count_params() == plan.parameters.total
    assert model.output._keras_history.operation.name == plan.layers[-1].name


def test_the_networks_were_many_and_deep_and_of_every_layer(examples: list[Plan]) -> None:
    """Runs after the comparison and guards against a generator that makes trivial networks."""
    if not examples:
        pytest.skip("the comparison was not selected")
    assert len(examples) >= 200
    assert sum(len(plan.layers) >= 5 for plan in examples) > len(examples) // 4
    for label in ("repeat", "residual", "projection"):
        groups = [{g.label for row in plan.layers for g in row.place.groups} for plan in examples]
        assert sum(any(label in one for one in found) for found in groups) >= 20, label
    seen = {row.layer.entry_name for plan in examples for row in plan.layers}
    assert set(SINGLE) <= seen
