"""Sizes of whole networks, and networks whose layers do not fit together."""

from typing import Any

import pytest

from cifarcnn.language.entry_types import LAYERS
from cifarcnn.language.load import load_spec, parse_spec
from cifarcnn.language.plan.network_plan import PlanError, plan_network
from cifarcnn.language.problems import SpecError
from cifarcnn.language.schema import DataSpec, Spec
from cifarcnn.networks.build import build_network, without_softmax
from cifarcnn.networks.pixels import pixel_rescaling

NOTEBOOK = [
    ("basic", 40_714, "3.84"),
    ("two_conv", 66_346, "33.3"),
    ("two_conv_early_stopping", 66_346, "33.3"),
    ("deeper_5x5", 97_130, "37.4"),
    ("deeper_3x3", 132_458, "20.7"),
    ("deeper_3x3_plateau", 132_458, "20.7"),
    ("deeper_3x3_dense", 165_482, "20.8"),
]


@pytest.mark.parametrize(("name", "parameters", "mflop"), NOTEBOOK)
def test_a_network_of_the_notebook_has_the_size_that_is_quoted(
    name: str, parameters: int, mflop: str
) -> None:
    plan = plan_network(load_spec(name).model.layers)
    assert plan.parameters == (parameters, 0)
    assert f"{plan.mflop:.3g}" == mflop


def test_layers_are_numbered_per_kind_and_follow_each_other() -> None:
    rows = plan_network(load_spec("deeper_3x3").model.layers).layers
    assert [row.name for row in rows] == [
        "conv2d_1",
        "conv2d_2",
        "max_pooling2d_1",
        "conv2d_3",
        "conv2d_4",
        "max_pooling2d_2",
        "dropout_1",
        "flatten_1",
        "dense_1",
        "dense_2",
    ]
    assert rows[0].input_shape == (32, 32, 3)
    assert [row.output_shape for row in rows[:-1]] == [row.input_shape for row in rows[1:]]
    assert [row.inputs for row in rows] == [("pixels",), *((row.name,) for row in rows[:-1])]
    assert rows[-1].output_shape == (10,)


def spec_of(*layers: str) -> Spec:
    lines = "".join(f"    - {layer}\n" for layer in layers)
    return parse_spec(f"name: a\nmodel:\n  layers:\n{lines}", "a.yaml")


HEAD = ("flatten", "dense: {units: 10, activation: softmax}")
CONV = "conv2d: {filters: 4, kernel_size: 5}"
POOL = "max_pooling2d: {pool_size: 4}"

UNFIT: list[tuple[tuple[str, ...], int, list[str]]] = [
    # layers, index of the one at fault, what the message holds
    ((POOL, POOL, CONV, *HEAD), 2, ["conv2d", "5x5 window", "2x2 map", "padding: same"]),
    ((POOL, POOL, POOL, *HEAD), 2, ["max_pooling2d", "4x4 window", "2x2 map"]),
    ((f"{CONV[:-1]}, dilation_rate: 8}}", *HEAD), 0, ["conv2d", "33x33 window", "32x32 map"]),
    (("flatten", CONV, *HEAD), 1, ["conv2d", "flat tensor of 3072 values", "before flatten"]),
    (("flatten", "max_pooling2d", *HEAD), 1, ["max_pooling2d", "flat tensor"]),
    (
        ("global_average_pooling2d", "zero_padding2d", *HEAD),
        1,
        ["zero_padding2d", "flat tensor of 3 values", "a global pooling"],
    ),
    (("conv2d: {filters: 4, kernel_size: 1, groups: 2}", *HEAD), 0, ["2 groups", "3 channels"]),
    (("rescaling: {scale: [1, 2]}", *HEAD), 0, ["scale has 2 numbers for 3 channels"]),
    (("flatten", "dense: {units: 9}"), 1, ["shape (10,)", "gives 9", "units: 10"]),
    (("dense: {units: 10}",), 0, ["shape (10,)", "gives 32 x 32 x 10", "flatten"]),
    (("flatten",), 0, ["gives 3072"]),
    (
        ("flatten", "dense: {units: 1000000}", "dense: {units: 10}"),
        1,
        ["3,083,000,010 parameters", "most of them here", "1,000,000,000"],
    ),
    (
        ("conv2d: {filters: 1000000, kernel_size: 1}", *HEAD),
        0,
        ["conv2d", "1,024,000,000 values per image"],
    ),
    (("zero_padding2d: {padding: 1024}",) * 40 + HEAD, 8, ["values per image"]),
]


@pytest.mark.parametrize(("layers", "index", "words"), UNFIT)
def test_layers_that_do_not_fit_are_refused_at_the_one_at_fault(
    layers: tuple[str, ...], index: int, words: list[str]
) -> None:
    with pytest.raises(SpecError) as raised:
        spec_of(*layers)
    (problem,) = raised.value.problems
    name = layers[index].partition(":")[0]
    assert problem.path == f"model.layers[{index}].{name}"
    assert (problem.mark.line, problem.mark.column) == (4 + index, 7)
    assert problem.mark.text == f"    - {layers[index]}"
    for word in words:
        assert word in problem.in_one_line()


def test_a_large_network_within_the_limits_is_planned_in_no_time() -> None:
    spec = spec_of(*["dense: {units: 20000}"] * 2, *HEAD)
    plan = plan_network(spec.model.layers)
    assert plan.parameters.total == 80_000 + 400_020_000 + 204_800_010


@pytest.mark.parametrize(
    ("last", "activation"),
    [
        ("dense: {units: 10, activation: softmax}", "linear"),
        ("dense: {units: 10}", None),
        ("dense: {units: 10, activation: relu}", "relu"),
    ],
)
def test_only_a_softmax_at_the_end_is_left_out_for_training(
    last: str, activation: str | None
) -> None:
    layers = spec_of("flatten", "dense: {units: 10, activation: softmax}", last).model.layers
    logits = without_softmax(layers)
    assert logits[:-1] == layers[:-1]
    assert logits[-1].arguments()["activation"] == activation
    assert plan_network(logits).parameters == plan_network(layers).parameters


def test_a_scale_of_the_logits_stays_and_a_softmax_after_it_is_left_out() -> None:
    scaled = ["flatten", {"dense": {"units": 10}}, {"rescaling": {"scale": 0.125}}]
    layers = [LAYERS.read(item) for item in scaled]
    assert without_softmax(layers) == layers
    softmax = LAYERS.read({"activation": {"activation": "softmax"}})
    assert plan_network([*layers, softmax]).layers[-1].output_shape == (10,)
    *body, last = without_softmax([*layers, softmax])
    assert body == layers
    assert last.arguments() == {"activation": "linear"}


def test_a_last_layer_without_activation_stays_as_it_is() -> None:
    layers = [LAYERS.read(item) for item in ("flatten", {"dropout": {"rate": 0.1}})]
    assert without_softmax(layers) == layers


@pytest.mark.parametrize(
    ("pixels", "dataset", "black", "white"),
    [
        ("raw", "cifar10", [0, 0, 0], [255, 255, 255]),
        ("unit", "cifar10", [0, 0, 0], [1, 1, 1]),
        ("standard", "demo", [-2.231, -2.233, -2.229], [2.233, 2.220, 2.239]),
        ("standard", "cifar10", [-1.989, -1.980, -1.707], [2.059, 2.126, 2.116]),
    ],
)
def test_pixels_enter_the_network_as_the_spec_says(
    pixels: str, dataset: str, black: list[float], white: list[float]
) -> None:
    import numpy as np

    layers = [LAYERS.read(item) for item in ("flatten", {"dense": {"units": 10}})]
    data = DataSpec.model_validate({"dataset": dataset, "pixels": pixels})
    model = build_network("a-b.c", pixel_rescaling(data), layers)
    images = np.zeros((2, 32, 32, 3), "float32")
    images[1] = 255
    values = np.asarray(model.get_layer("pixels")(images))
    np.testing.assert_allclose(values[0, 0, 0], black, atol=1e-3)
    np.testing.assert_allclose(values[1, 31, 31], white, atol=1e-3)


@pytest.mark.parametrize(
    "ending",
    [
        ["flatten", {"dense": {"units": 10, "activation": "softmax"}}, {"dropout": {"rate": 0.1}}],
        [{"dense": {"units": 10, "activation": "softmax"}}, "global_average_pooling2d"],
        ["flatten", {"dense": {"units": 10, "activation": "softmax"}}, {"rescaling": {"scale": 9}}],
        [
            "flatten",
            {"dense": {"units": 10}},
            {"activation": {"activation": "softmax"}},
            {"activation": {"activation": "linear"}},
        ],
    ],
)
def test_a_softmax_before_the_end_is_refused(ending: list[Any]) -> None:
    with pytest.raises(PlanError, match="a softmax at the end of the network must be in its last"):
        plan_network([LAYERS.read(item) for item in ending])


def test_a_softmax_inside_the_network_is_allowed() -> None:
    items = ["flatten", {"dense": {"units": 8, "activation": "softmax"}}, {"dense": {"units": 10}}]
    assert plan_network([LAYERS.read(item) for item in items]).layers[-1].output_shape == (10,)
