"""A resolved spec laid out for reading."""

import pytest

from cifarcnn.language.load import load_spec, parse_spec
from cifarcnn.language.marks import dotted
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.layout import WIDTH, lines_of_one_value, lines_that_fit
from tests.support.texts import NASTY

RICH = """\
name: '1e4'
description: "%s"
model:
  layers:
    - zero_padding2d: {padding: [[1, 2], [3, 4]]}
    - rescaling: {scale: [0.12345678, 0.2, 0.3333333], offset: [-1.3, 2.5, 1.88888]}
    - conv2d: {filters: 1000, kernel_size: [1, 5], padding: same, activation: hard_sigmoid}
    - flatten
    - dense: {units: 10}
training:
  optimizer:
    adamw:
      learning_rate: {piecewise_constant_decay: {boundaries: [1, 2, 3], values: [4, 3, 2, 1e-30]}}
  callbacks: [terminate_on_nan, csv_logger: {filename: "a b: #c.csv", separator: "\\t"}]
"""


def both_layouts(spec: Spec) -> list[str]:
    return [
        "\n".join(lines_that_fit(spec)),
        "\n".join(line.text for line in lines_of_one_value(spec)),
    ]


@pytest.mark.parametrize("name", shipped_configs())
def test_a_shipped_config_reads_back_from_both_layouts(name: str) -> None:
    spec = load_spec(name)
    for text in both_layouts(spec):
        assert parse_spec(text, "shown") == spec


HEAD = ["flatten", {"dense": {"units": 10, "activation": "softmax"}}]


@pytest.mark.parametrize("text", [*NASTY, "\n", "a\nb", "a \r\n b", "it's: a # 'b' " * 12])
def test_any_text_reads_back_from_both_layouts(text: str) -> None:
    spec = Spec.model_validate({"name": "a", "description": text, "model": {"layers": HEAD}})
    for shown in both_layouts(spec):
        assert parse_spec(shown, "shown") == spec


def test_a_spec_with_everything_reads_back_and_fits() -> None:
    spec = parse_spec(RICH % ("word " * 40), "rich")
    for text in both_layouts(spec):
        assert parse_spec(text, "shown") == spec
    assert max(map(len, lines_that_fit(spec))) <= WIDTH


@pytest.mark.parametrize("name", shipped_configs())
def test_shipped_configs_fit(name: str) -> None:
    assert max(map(len, lines_that_fit(load_spec(name)))) <= WIDTH


def test_each_value_has_a_line_of_its_own_with_its_path() -> None:
    spec = parse_spec(RICH % "x", "rich")
    lines = {dotted(line.path): line.text for line in lines_of_one_value(spec) if line.path}
    assert lines["name"] == "name: '1e4'"
    assert lines["model.layers[2].conv2d"] == "    - conv2d:"
    assert lines["model.layers[2].conv2d.kernel_size"] == "        kernel_size: [1, 5]"
    assert lines["model.layers[3].flatten"] == "    - flatten"
    rate = "training.optimizer.adamw.learning_rate.piecewise_constant_decay"
    assert lines[rate] == "        piecewise_constant_decay:"
    assert lines[f"{rate}.boundaries"] == "          boundaries: [1, 2, 3]"
    assert lines["training.callbacks[1].csv_logger.separator"] == '        separator: "\\t"'
    assert lines["runtime.device"] == "  device: auto"
