"""The floating-point operations of a training step."""

import pytest

from cifarcnn.benchmark.flops import training_mflop
from cifarcnn.language.load import load_spec, parse_spec
from cifarcnn.language.plan.network_plan import Plan, plan_network

# Worked out by hand from the shapes: 2 x (3 x all - the first layer's) multiply-accumulates.
NOTEBOOK = {
    "basic": 7.8,
    "two_conv": 96.2,
    "two_conv_early_stopping": 96.2,
    "deeper_5x5": 108.4,
    "deeper_3x3": 60.6,
    "deeper_3x3_plateau": 60.6,
    "deeper_3x3_dense": 60.8,
}

WITH_A_FROZEN_LAYER = """
name: frozen
model:
  layers:
    - patch_whitening: {use_bias: false}
    - conv2d: {filters: 8, kernel_size: 3}
    - flatten
    - dense: {units: 10, activation: softmax}
"""

WITH_A_SHORTCUT = """
name: shortcut
model:
  layers:
    - residual:
        layers: [{conv2d: {filters: 8, kernel_size: 3, padding: same}}]
        projection: [{conv2d: {filters: 8, kernel_size: 1}}]
    - flatten
    - dense: {units: 10, activation: softmax}
"""


def plan(text: str) -> Plan:
    return plan_network(parse_spec(text, "a test").model.layers)


@pytest.mark.parametrize(("name", "mflop"), NOTEBOOK.items())
def test_the_notebooks_networks(name: str, mflop: float) -> None:
    network = plan_network(load_spec(name).model.layers)
    assert training_mflop(network) == pytest.approx(mflop, abs=0.05)


def test_a_frozen_first_layer_only_runs_forward() -> None:
    network = plan(WITH_A_FROZEN_LAYER)
    whitening, conv, _, dense = (row.mflop for row in network.layers)
    # Nothing before the convolution is trained, so its input needs no gradient either.
    assert training_mflop(network) == pytest.approx(whitening + 2 * conv + 3 * dense)


def test_both_branches_that_read_the_pixels_need_no_gradient_of_them() -> None:
    network = plan(WITH_A_SHORTCUT)
    convs = sum(row.mflop for row in network.layers if row.layer.entry_name == "conv2d")
    assert convs
    assert training_mflop(network) == pytest.approx(3 * network.mflop - convs)
