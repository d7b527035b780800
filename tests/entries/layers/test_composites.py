"""`repeat` and `residual`: what they stand for, and what a user reads where they are wrong."""

import re
import textwrap
from typing import Any

import pytest

from cifarcnn.entries.layers.preprocessing import Rescaling
from cifarcnn.language.checking.validate import validate
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.load import load_spec, parse_spec
from cifarcnn.language.plan.network_plan import MAX_DEPTH, MAX_LAYERS, Plan, PlanError, plan_network
from cifarcnn.language.problems import Problem, SpecError
from cifarcnn.language.reading.overrides import apply_overrides, parse_override
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.shapes import Parameters, ShapeError
from cifarcnn.networks.build import (
    build_network,
    set_weights_in_order,
    weights_in_order,
    without_softmax,
)

HEAD = ["flatten", {"dense": {"units": 10, "activation": "softmax"}}]


def conv(filters: int, **arguments: Any) -> dict[str, Any]:
    return {"conv2d": {"filters": filters, "kernel_size": 3, "padding": "same", **arguments}}


def residual(*layers: Any, projection: list[Any] | None = None) -> dict[str, Any]:
    return {"residual": {"layers": list(layers), "projection": projection}}


def repeat(times: int, *layers: Any) -> dict[str, Any]:
    return {"repeat": {"times": times, "layers": list(layers)}}


def layers_of(*items: Any) -> list[Layer]:
    return [LAYERS.read(item) for item in items]


def plan_of(*items: Any) -> Plan:
    return plan_network(layers_of(*items))


def spec_text(layers: str) -> str:
    return f"name: a\nmodel:\n  layers:\n{textwrap.indent(textwrap.dedent(layers), '    ')}"


def problem_of(layers: str) -> Problem:
    with pytest.raises(SpecError) as raised:
        parse_spec(spec_text(layers), "a.yaml")
    (problem,) = raised.value.problems
    return problem


def test_layers_are_counted_over_the_whole_network_and_fed_by_their_names() -> None:
    plan = plan_of(
        conv(4),
        repeat(2, residual(conv(4), "batch_normalization"), {"activation": {"activation": "relu"}}),
        residual(conv(8, strides=2), projection=[conv(8, strides=2)]),
        *HEAD,
    )
    assert [(row.name, row.inputs) for row in plan.layers] == [
        ("conv2d_1", ("pixels",)),
        ("conv2d_2", ("conv2d_1",)),
        ("batch_normalization_1", ("conv2d_2",)),
        ("add_1", ("batch_normalization_1", "conv2d_1")),
        ("activation_1", ("add_1",)),
        ("conv2d_3", ("activation_1",)),
        ("batch_normalization_2", ("conv2d_3",)),
        ("add_2", ("batch_normalization_2", "activation_1")),
        ("activation_2", ("add_2",)),
        ("conv2d_4", ("activation_2",)),
        ("conv2d_5", ("activation_2",)),
        ("add_3", ("conv2d_4", "conv2d_5")),
        ("flatten_1", ("add_3",)),
        ("dense_1", ("flatten_1",)),
    ]
    places = {row.name: row.place for row in plan.layers}
    path = (1, "repeat", "layers", 0, "residual", "layers", 0, "conv2d")
    assert places["conv2d_2"].path == places["conv2d_3"].path == path
    labels = {name: [group.label for group in place.groups] for name, place in places.items()}
    assert labels["conv2d_1"] == []
    assert labels["conv2d_3"] == labels["add_2"] == ["repeat 2 of 2", "residual"]
    assert labels["activation_2"] == ["repeat 2 of 2"]
    assert labels["conv2d_5"] == ["residual", "projection"]


def test_a_repeat_is_its_layers_written_out() -> None:
    block = [conv(6, activation="relu"), "max_pooling2d"]
    once = plan_of(*block, *block, *block, *HEAD)
    repeated = plan_of(repeat(3, *block), *HEAD)
    for one, other in zip(once.layers, repeated.layers, strict=True):
        assert (one.name, one.layer, one.inputs) == (other.name, other.layer, other.inputs)
        assert (one.output_shape, one.macs) == (other.output_shape, other.macs)
        assert one.parameters == other.parameters
    assert plan_of(repeat(2, repeat(3, "batch_normalization")), *HEAD).parameters == Parameters(
        6 * 6 + 30_730, 6 * 6
    )


def test_a_residual_adds_its_input_or_the_projection_of_it() -> None:
    import numpy as np

    layers = layers_of(
        "flatten",
        residual({"dense": {"units": 3072, "activation": "tanh"}}),
        residual({"dense": {"units": 10}}, projection=[{"dense": {"units": 10}}]),
    )
    model = build_network("a", Rescaling(scale=1 / 255), layers)
    images = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3)).astype("float32")
    weights = {layer.name: layer.get_weights() for layer in model.layers}

    def dense(name: str, values: Any) -> Any:
        kernel, bias = weights[name]
        return values @ kernel + bias

    flat = images.reshape(3, -1) / 255
    middle = flat + np.tanh(dense("dense_1", flat))
    expected = dense("dense_2", middle) + dense("dense_3", middle)
    np.testing.assert_allclose(model(images), expected, rtol=1e-4, atol=1e-4)


def test_weights_are_listed_and_set_in_the_order_of_the_plan() -> None:
    """Keras lists the layers of two branches in turn."""
    import numpy as np

    layers = layers_of(
        residual(conv(3), "batch_normalization", projection=[conv(3), "batch_normalization"]),
        *HEAD,
    )
    plan = plan_network(layers)
    first = build_network("a", Rescaling(scale=1), layers)
    second = build_network("b", Rescaling(scale=1), layers)
    weights = weights_in_order(first, plan)
    sizes = [sum(array.size for array in weights[i:j]) for i, j in ((0, 2), (2, 6), (6, 8))]
    assert sizes == [row.parameters.total for row in plan.layers[:3]]
    assert [a.shape for a in weights] != [a.shape for a in first.get_weights()]
    set_weights_in_order(second, plan, weights)
    for layer in first.layers:
        for one, other in zip(
            layer.get_weights(), second.get_layer(layer.name).get_weights(), strict=True
        ):
            assert np.array_equal(one, other)


# What does not fit

MISFITS = [
    # items from line 4 on, path and place of the one at fault, what the message holds
    (
        "- residual:\n    layers:\n    - conv2d: {filters: 32, kernel_size: 3, padding: same}",
        "model.layers[0].residual",
        (4, 7),
        ["gives 32 x 32 x 32", "input of 32 x 32 x 3;", "{filters: 32, kernel_size: 1}}]"],
    ),
    (
        "- residual:\n    layers:\n    - conv2d: "
        "{filters: 3, kernel_size: 3, padding: same, strides: 2}",
        "model.layers[0].residual",
        (4, 7),
        ["gives 16 x 16 x 3", "projection: [{conv2d: {filters: 3, kernel_size: 1, strides: 2}}]"],
    ),
    (
        "- residual:\n    layers:\n    - max_pooling2d: {pool_size: [32, 3]}",
        "model.layers[0].residual",
        (4, 7),
        ["gives 1 x 10 x 3", "must keep the shape of its input"],
    ),
    (
        "- residual:\n    layers:\n    - conv2d: {filters: 4, kernel_size: [5, 7]}",
        "model.layers[0].residual",
        (4, 7),
        ["28 x 26 x 4", "padding: same", "{filters: 4, kernel_size: [5, 7]}"],
    ),
    (
        "- residual:\n    layers:\n    - conv2d: {filters: 4, kernel_size: 1, strides: [1, 8]}",
        "model.layers[0].residual",
        (4, 7),
        ["32 x 4 x 4", "{filters: 4, kernel_size: 1, strides: [1, 8]}"],
    ),
    (
        "- residual:\n    layers:\n    - global_average_pooling2d\n    - dense: {units: 7}",
        "model.layers[0].residual",
        (4, 7),
        ["gives 7,", "projection: [flatten, {dense: {units: 7}}]"],
    ),
    (
        "- global_average_pooling2d\n- residual:\n    layers:\n    - dense: {units: 8}",
        "model.layers[1].residual",
        (5, 7),
        ["gives 8,", "input of 3;", "projection: [{dense: {units: 8}}]"],
    ),
    (
        "- residual:\n    layers: [zero_padding2d]",
        "model.layers[0].residual",
        (4, 7),
        ["34 x 34 x 3", "input of 32 x 32 x 3: the layers of the branch must keep the shape"],
    ),
    (
        "- residual:\n    layers: [max_pooling2d]\n    projection: [flatten]",
        "model.layers[0].residual.projection",
        (6, 9),
        ["16 x 16 x 3", "projection of 3072;", "{filters: 3, kernel_size: 1, strides: 2}"],
    ),
    (
        "- repeat:\n    times: 2\n    layers:\n    - residual: {layers: [max_pooling2d]}",
        "model.layers[0].repeat.layers[0].residual",
        (7, 11),
        ["16 x 16 x 3", "32 x 32 x 3", "strides: 2"],
    ),
]


@pytest.mark.parametrize(("item", "path", "place", "words"), MISFITS)
def test_a_residual_whose_shapes_differ_names_both_and_what_would_fit(
    item: str, path: str, place: tuple[int, int], words: list[str]
) -> None:
    problem = problem_of(f"{item}\n- flatten\n- dense: {{units: 10}}\n")
    assert problem.path == path
    assert (problem.mark.line, problem.mark.column) == place
    for word in words:
        assert word in problem.message


@pytest.mark.parametrize("item", [row[0] for row in MISFITS])
def test_the_projection_that_the_message_names_mends_the_spec(item: str) -> None:
    items = f"{item}\n- flatten\n- dense: {{units: 10}}\n"
    problem = problem_of(items)
    named = re.search(r"projection: (\[.*\])$", problem.message)
    if not named:
        assert "must keep the shape" in problem.message
        return
    document = read_yaml_text(spec_text(items), "a.yaml")
    place = problem.path.removesuffix(".projection")
    apply_overrides(document, [parse_override(f"{place}.projection={named[1]}")])
    assert validate(document).model.layers


@pytest.mark.parametrize(
    ("layers", "path", "line", "column", "words"),
    [
        (
            """\
            - residual:
                layers:
                - max_pooling2d: {pool_size: 1}
                - conv2d: {filters: 3, kernel_size: 33}
            - flatten
            - dense: {units: 10}
            """,
            "model.layers[0].residual.layers[1].conv2d",
            7,
            11,
            "its 33x33 window does not fit into the 32x32 map",
        ),
        (
            """\
            - repeat: {times: 6, layers: [max_pooling2d]}
            - flatten
            - dense: {units: 10}
            """,
            "model.layers[0].repeat.layers[0].max_pooling2d",
            4,
            35,
            "its 2x2 window does not fit into the 1x1 map",
        ),
        (
            """\
            - residual:
                layers: [flatten]
                projection:
                  - conv2d: {filters: 4, kernel_size: 1, groups: 2}
            - dense: {units: 10}
            """,
            "model.layers[0].residual.projection[0].conv2d",
            7,
            13,
            "its 2 groups do not divide the 3 channels",
        ),
        (
            """\
            - flatten
            - repeat:
                times: 2
                layers: [{dense: {units: 11}}]
            """,
            "model.layers[1].repeat.layers[0].dense",
            7,
            19,
            "the last layer must give one value per class",
        ),
        (
            """\
            - flatten
            - residual: {layers: [dense: {units: 3072}]}
            """,
            "model.layers[1].residual",
            5,
            7,
            "the last layer must give one value per class",
        ),
        (
            """\
            - flatten
            - residual:
                layers:
                - dense: {units: 400000}
                - dense: {units: 3072}
            - dense: {units: 10}
            """,
            "model.layers[1].residual.layers[0].dense",
            7,
            11,
            "parameters, most of them here",
        ),
    ],
)
def test_a_layer_inside_that_does_not_fit_is_refused_at_its_place(
    layers: str, path: str, line: int, column: int, words: str
) -> None:
    problem = problem_of(layers)
    assert (problem.path, problem.mark.line, problem.mark.column) == (path, line, column)
    assert words in problem.message


def test_a_value_set_on_the_command_line_is_named_when_it_breaks_a_residual() -> None:
    document = read_yaml_text(
        spec_text(
            """\
            - residual:
                layers: [{conv2d: {filters: 3, kernel_size: 3, padding: same}}]
            - flatten
            - dense: {units: 10}
            """
        ),
        "a.yaml",
    )
    option = "model.layers[0].residual.layers[0].conv2d.filters=8"
    apply_overrides(document, [parse_override(option)])
    with pytest.raises(SpecError) as raised:
        validate(document)
    assert str(raised.value).startswith(f"--set {option}: model.layers[0].residual: the branch")


# Mistakes in the arguments


@pytest.mark.parametrize(
    ("layers", "shown"),
    [
        (
            """\
            - flatten
            - repeat:
                times: 2
                layers:
                  - conv2d: {filtrs: 3, kernel_size: 3}
            """,
            """\
            a.yaml:8:22: model.layers[1].repeat.layers[0].conv2d.filtrs: unknown key; did you mean 'filters'?
              8 |           - conv2d: {filtrs: 3, kernel_size: 3}
                |                      ^""",  # noqa: E501
        ),
        (
            """\
            - residual:
                layers:
                  - repeat:
                      times: 2
                      layers: [flaten]
            """,
            """\
            a.yaml:8:24: model.layers[0].residual.layers[0].repeat.layers[0]: unknown layer 'flaten'; did you mean 'flatten'?
              8 |               layers: [flaten]
                |                        ^""",  # noqa: E501
        ),
        (
            """\
            - residual:
                layers: [flatten]
                projection:
                  - dropout: {rate: 2}
            """,
            """\
            a.yaml:7:29: model.layers[0].residual.projection[0].dropout.rate: expected a value < 1.0, received 2 (an integer)
              7 |           - dropout: {rate: 2}
                |                             ^""",  # noqa: E501
        ),
        (
            "- repeat: {times: 0, layers: [flatten]}\n",
            """\
            a.yaml:4:23: model.layers[0].repeat.times: expected a value >= 1, received 0 (an integer)
              4 |     - repeat: {times: 0, layers: [flatten]}
                |                       ^""",  # noqa: E501
        ),
        (
            "- repeat: {times: 3}\n",
            """\
            a.yaml:4:7: model.layers[0].repeat: the key 'layers' is missing
              4 |     - repeat: {times: 3}
                |       ^""",
        ),
        (
            "- residual: {layers: []}\n",
            """\
            a.yaml:4:26: model.layers[0].residual.layers: expected at least 1 item, received [] (a list)
              4 |     - residual: {layers: []}
                |                          ^""",  # noqa: E501
        ),
        (
            "- residual: {layers: flatten}\n",
            """\
            a.yaml:4:26: model.layers[0].residual.layers: expected a list: each item after a dash, or all in [brackets], received 'flatten' (a string)
              4 |     - residual: {layers: flatten}
                |                          ^""",  # noqa: E501
        ),
        (
            "- residual:\n  - flatten\n",
            """\
            a.yaml:5:7: model.layers[0].residual: expected the arguments of residual by name, such as {layers: [...]}, received ['flatten'] (a list)
              5 |       - flatten
                |       ^""",  # noqa: E501
        ),
        (
            "- repeat: {times: 2, layers: [{residual: {layers: [dropout: ]}}]}\n",
            """\
            a.yaml:4:56: model.layers[0].repeat.layers[0].residual.layers[0].dropout: the key 'rate' is missing
              4 |     - repeat: {times: 2, layers: [{residual: {layers: [dropout: ]}}]}
                |                                                        ^""",  # noqa: E501
        ),
        (
            """\
            - repeat:
                times: 2
                layers:
                - conv2d: {filters: 5, kernel_size: 3, groups: 2}
            """,
            """\
            a.yaml:7:29: model.layers[0].repeat.layers[0].conv2d.filters: expected filters as a multiple of groups (2), received 5 (an integer)
              7 |         - conv2d: {filters: 5, kernel_size: 3, groups: 2}
                |                             ^""",  # noqa: E501
        ),
    ],
)
def test_a_mistake_inside_is_shown_at_its_place(layers: str, shown: str) -> None:
    with pytest.raises(SpecError) as raised:
        parse_spec(spec_text(layers), "a.yaml")
    assert str(raised.value) == textwrap.dedent(shown)


def test_all_mistakes_inside_are_told_at_once() -> None:
    with pytest.raises(SpecError) as raised:
        parse_spec(
            spec_text(
                """\
                - repeat:
                    times: 1.5
                    layers:
                    - residual:
                        layers: [{dense: {unit: 3}}, flaten]
                        projektion: []
                - dropout: {rate: x}
                """
            ),
            "a.yaml",
        )
    assert [(p.mark.line, p.near) for p in raised.value.problems] == [
        (5, None),
        (8, "'units'"),
        (8, "'flatten'"),
        (9, "'projection'"),
        (10, None),
    ]


# Limits


def nested(depth: int, innermost: Any, times: int = 1) -> Any:
    item = innermost
    for _ in range(depth):
        item = repeat(times, item)
    return item


def test_composites_nest_up_to_a_depth() -> None:
    assert plan_of(nested(MAX_DEPTH, "flatten"), *HEAD[1:]).layers[0].name == "flatten_1"
    with pytest.raises(PlanError, match="composites are nested deeper than 8 levels") as raised:
        plan_of(nested(MAX_DEPTH + 1, "flatten"), *HEAD[1:])
    assert raised.value.path == (0, *("repeat", "layers", 0) * MAX_DEPTH, "repeat")


def test_yaml_may_nest_as_deep_as_composites_may() -> None:
    text = "{conv2d: {filters: 3, kernel_size: [1, 1]}}"
    for _ in range(MAX_DEPTH):
        text = f"{{repeat: {{times: 1, layers: [{text}]}}}}"
    assert parse_spec(spec_text(f"- {text}\n- flatten\n- dense: {{units: 10}}\n"), "a.yaml")
    problem = problem_of(f"- {{repeat: {{times: 1, layers: [{text}]}}}}\n")
    assert "nested deeper than" in problem.message


@pytest.mark.timeout(20)
def test_a_repeat_bomb_is_refused_before_it_is_written_out() -> None:
    with pytest.raises(PlanError) as raised:
        plan_of("flatten", nested(MAX_DEPTH, residual("batch_normalization"), times=1000), *HEAD)
    assert raised.value.path == (1, "repeat")
    assert "2,000,000,000,000,000,000,000,001 layers up to here" in str(raised.value)
    assert "at most 1,000 are supported" in str(raised.value)


def test_layers_are_counted_over_all_composites() -> None:
    many = [residual("batch_normalization")] * 499
    assert len(plan_of(*many, *HEAD).layers) == MAX_LAYERS
    with pytest.raises(PlanError, match="1,001 layers") as raised:
        plan_of(*many, "flatten", *HEAD)
    assert raised.value.path == (501, "dense")


def test_a_softmax_search_in_a_network_of_many_branches_takes_no_time() -> None:
    plain = [residual({"dropout": {"rate": 0.1}})] * 400
    assert plan_of("flatten", {"dense": {"units": 10}}, *plain).layers[-1].name == "add_400"


# Softmax and logits

SOFTMAX = {"dense": {"units": 10, "activation": "softmax"}}


@pytest.mark.parametrize(
    ("ending", "path", "follower"),
    [
        ([repeat(2, SOFTMAX, {"dropout": {"rate": 0.1}})], (1, "repeat", "layers", 0), "dropout"),
        ([{"dense": {"units": 10}}, residual(SOFTMAX)], (2, "residual", "layers", 0), "add"),
        ([SOFTMAX, residual({"dense": {"units": 10}})], (1,), "add"),
        (
            [residual({"dense": {"units": 10}}, projection=[SOFTMAX])],
            (1, "residual", "projection", 0),
            "add",
        ),
        ([repeat(1, SOFTMAX), {"activation": {"activation": "linear"}}], (1, "repeat"), "activati"),
    ],
)
def test_a_softmax_before_the_end_is_refused_inside_composites_too(
    ending: list[Any], path: tuple[Any, ...], follower: str
) -> None:
    with pytest.raises(PlanError, match=f"must be in its last layer; {follower}") as raised:
        plan_of("flatten", *ending)
    assert raised.value.path[: len(path)] == path
    assert raised.value.path[-1] == "dense"


def test_a_softmax_before_weights_is_allowed_inside_composites() -> None:
    inner = {"dense": {"units": 5, "activation": "softmax"}}
    assert plan_of("flatten", residual(inner, {"dense": {"units": 3072}}), HEAD[1])


@pytest.mark.parametrize("times", [1, 3])
def test_only_the_last_softmax_of_a_repeat_is_left_out_for_training(times: int) -> None:
    layers = layers_of("flatten", repeat(times, repeat(1, SOFTMAX)))
    rows = plan_network(layers).layers
    logits = plan_network(without_softmax(layers)).layers
    assert [row.name for row in logits] == [row.name for row in rows]
    assert [row.layer.arguments().get("activation") for row in logits[1:]] == (
        ["softmax"] * (times - 1) + ["linear"]
    )


def test_a_residual_at_the_end_gives_logits_as_it_is() -> None:
    layers = layers_of("flatten", {"dense": {"units": 10}}, residual({"dense": {"units": 10}}))
    assert without_softmax(layers) == layers


def test_the_shipped_residual_network_is_that_of_the_paper() -> None:
    """He et al. 2016, table 6: 0.27 million parameters in 20 layers with weights."""
    plan = plan_network(load_spec("resnet20").model.layers)
    convolutions = [row for row in plan.layers if row.layer.entry_name == "conv2d"]
    in_branches = [row for row in convolutions if "projection" not in row.place.path]
    assert len(in_branches) + 1 == 20
    # 3*3 kernels without bias: 3 -> 16, six of 16 -> 16, 16 -> 32, five of 32, 32 -> 64, five of 64
    kernels = 9 * (3 * 16 + 6 * 16**2 + 16 * 32 + 5 * 32**2 + 32 * 64 + 5 * 64**2)
    assert sum(row.parameters.total for row in in_branches) == kernels == 267_696
    statistics = 7 * 16 + 6 * 32 + 6 * 64
    of_projections = 16 * 32 + 32 * 64 + 4 * (32 + 64)
    assert plan.parameters.total == kernels + 4 * statistics + of_projections + 64 * 10 + 10
    assert plan.parameters == (272_474, 1_568)


def test_a_composite_has_the_arithmetic_of_its_layers() -> None:
    (layer,) = layers_of(repeat(2, residual(conv(3), projection=["batch_normalization"])))
    assert layer.output_shape((8, 9, 3)) == (8, 9, 3)
    assert layer.parameters((8, 9, 3)) == Parameters(2 * (84 + 6), 2 * 6)
    assert layer.macs((8, 9, 3)) == 2 * 72 * 81
    with pytest.raises(ShapeError, match="cannot be added"):
        layer.output_shape((8, 9, 4))
