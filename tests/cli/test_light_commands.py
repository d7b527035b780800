"""The commands that train nothing, as a user types them."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from cifarcnn import __version__
from cifarcnn.cli import COMMANDS, command_line
from cifarcnn.language.reading.shipped import shipped_configs
from tests.support.command import invoke


def run(*args: str, columns: int = 120) -> Result:
    return invoke(args, env={"COLUMNS": str(columns)})


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text("name: a\nmodel:\n  layers:\n  - flatten\n  - dense: {units: 10}\n")
    return path


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["--version"], f"cifarcnn, version {__version__}"),
        (["-V"], f"cifarcnn, version {__version__}"),
        (["-h"], "Usage: cifarcnn [OPTIONS] COMMAND [ARGS]..."),
        (["describe", "-h"], "Usage: cifarcnn describe [OPTIONS] SPEC"),
        (["list-configs"], "Four 3x3 convolutions in two blocks"),
        (["list-configs"], "132,458"),
        (["describe", "basic"], "basic  One 5x5 convolution (the notebook's first experiment)"),
        (["describe", "basic"], "filters 32, kernel_size 5, activation relu"),
        (["describe", "basic"], "40,714"),
        (["describe", "basic"], "3.839"),
        (["describe", "basic", "--set", "data.pixels=raw"], "pixels 0 to 255"),
        (["describe", "basic", "--set", "model.layers[0].conv2d.filters=8"], "filters 8"),
        (
            ["describe", "basic", "--set", "model.layers[2]=batch_normalization"],
            "40,778 of the parameters are trainable",
        ),
        (
            ["describe", "basic", "--set", "description='[/b] :smile: [red]x'"],
            "[/b] :smile: [red]x",
        ),
    ],
)
def test_a_command_answers_on_standard_output(args: list[str], text: str) -> None:
    result = run(*args)
    assert result.exit_code == 0
    assert text in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ([], "Usage: cifarcnn [OPTIONS] COMMAND [ARGS]..."),
        (["describ"], "No such command 'describ'."),
        (["describe"], "Missing argument 'SPEC'"),
        (["describe", "basic", "--jsn"], "No such option '--jsn'. (Did you mean"),
        (["describe", "basic", "--set"], "Option '--set' requires an argument."),
        (["describe", "basic", "two_conv"], "Got unexpected extra argument (two_conv)"),
        (["train", "basic", "--epochs", "x"], "'x' is not a valid integer"),
        (["describe", "basik"], "error: basik"),
        (["describe", "basik"], "did you mean 'basic'?\n  shipped: airbench94, basic, "),
        (["describe", "."], "error: .: a folder; expected a YAML file\n"),
        (["describe", "x" * 5000], "File name too long"),
        (["describe", "basic", "--set", "seed"], "error: --set seed: expected key.path=value"),
        (
            ["describe", "basic", "--set", "sed=1"],
            "error: --set sed=1: sed: unknown key; did you mean 'seed'?\n",
        ),
        (
            ["train", "basic", "--epochs", "0"],
            "error: --epochs 0: training.epochs: expected a value >= 1, received 0 (an integer)\n",
        ),
        (
            ["train", "basic", "--seed", "-1", "--device", "tpu"],
            "error: 2 problems\n--seed -1: seed: expected a value >= 0, received -1 (an integer)\n"
            "--device tpu: runtime.device: expected auto, cpu, gpu, gpu:1 or gpu:0,1, "
            "received 'tpu' (a string)\n",
        ),
        (
            ["describe", "basic", "--set", "model.layers[1].max_pooling2d.pool_size=29"],
            "max_pooling2d: its 29x29 window does not fit into the 28x28 map that reaches it",
        ),
        (["describe", "basic", "--set", "description=\udcff"], "U+DCFF"),
    ],
)
def test_wrong_input_is_answered_on_standard_error_with_exit_code_2(
    args: list[str], text: str
) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert text in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_an_unknown_command_is_answered_with_a_near_one() -> None:
    assert "Did you mean 'describe'?" in run("describ").stderr


def test_the_examples_in_the_help_stand_on_lines_of_their_own() -> None:
    lines = run("--help").stdout.splitlines()
    assert "  cifarcnn train configs/deeper_3x3.yaml" in lines


@pytest.mark.parametrize("command", ["describe", "train"])
def test_an_error_in_a_spec_shows_its_place(spec: Path, command: str) -> None:
    spec.write_text(spec.read_text().replace("units", "unist"))
    result = run(command, str(spec))
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: {spec}:5:13: model.layers[1].dense.unist: unknown key; did you mean 'units'?\n"
        "  5 |   - dense: {unist: 10}\n"
        "    |             ^\n"
    )
    assert result.stdout == ""


def test_configs_are_listed_as_one_json_object_with_their_figures() -> None:
    configs = json.loads(run("list-configs", "--json").stdout)["configs"]
    by_name: dict[str, dict[str, Any]] = {config["name"]: config for config in configs}
    assert list(by_name) == sorted(by_name)
    assert set(by_name) == set(shipped_configs())
    assert by_name["deeper_3x3_dense"] == {
        "name": "deeper_3x3_dense",
        "description": "deeper_3x3_plateau with three dense layers "
        "(the notebook's seventh experiment)",
        "layers": 14,
        "parameters": 165_482,
        "mflop": 20.7762,
        "epochs": 40,
    }


def test_a_network_is_described_as_one_json_object(spec: Path) -> None:
    setting = "model.layers[0]={batch_normalization: {}}"
    result = run("describe", str(spec), "--json", "--set", "description='é'")
    assert json.loads(result.stdout) == {
        "name": "a",
        "description": "é",
        "input_shape": [32, 32, 3],
        "batch_size": 32,
        "layers": [
            {
                "name": "flatten_1",
                "path": "model.layers[0].flatten",
                "inside": [],
                "inputs": ["pixels"],
                "output_shape": [3072],
                "parameters": 0,
                "mflop": 0.0,
                "activation_bytes": 32 * 3072 * 4,
            },
            {
                "name": "dense_1",
                "path": "model.layers[1].dense",
                "inside": [],
                "inputs": ["flatten_1"],
                "output_shape": [10],
                "parameters": 30_730,
                "mflop": 0.06144,
                "activation_bytes": 32 * 10 * 4,
            },
        ],
        "parameters": 30_730,
        "trainable_parameters": 30_730,
        "mflop": 0.06144,
        "activation_bytes": 32 * 3082 * 4,
        "training_memory_bytes": {
            "program": 903_000_000,
            "data": 60_000 * 3072,
            "weights": 30_730 * 4,
            "gradients": 30_730 * 4,
            "optimizer": 2 * 30_730 * 4,
            "activations": 250 * 3 * 3072 * 4,
            "state": 4 * 30_730 * 4,
            "total": 903_000_000 + 60_000 * 3072 + 8 * 30_730 * 4 + 750 * 3072 * 4,
        },
    }
    assert run("describe", str(spec), "--json", "--set", setting).exit_code == 2


@pytest.mark.parametrize(
    "name",
    [config["name"] for config in json.loads(run("list-configs", "--json").stdout)["configs"]],
)
def test_the_table_and_the_json_of_a_network_say_the_same(name: str) -> None:
    data = json.loads(run("describe", name, "--json").stdout)
    text = run("describe", name).stdout
    for layer in data["layers"]:
        (line,) = [line for line in text.splitlines() if line.split()[:1] == [layer["name"]]]
        assert " x ".join(map(str, layer["output_shape"])) in line
        assert not layer["parameters"] or f" {layer['parameters']:,} " in line
        assert line.endswith(shown_megabytes(layer["activation_bytes"]))
        depth = len(layer["inside"])
        assert line.startswith("  " * depth + layer["name"])
    (total,) = [line for line in text.splitlines() if line.strip().startswith("total")]
    assert total.split() == [
        "total",
        f"{data['parameters']:,}",
        f"{data['mflop']:.3f}",
        shown_megabytes(data["activation_bytes"]),
    ]
    memory = data["training_memory_bytes"]
    assert memory["total"] == sum(memory.values()) - memory["total"]
    assert f"training takes about {shown_megabytes(memory['total'])} MB" in text


def shown_megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f}" if count >= 1e8 else f"{count / 1e6:.1f}"


WIDE = """\
name: wide
description: "%s"
model:
  layers:
    - rescaling: {scale: [0.12345678, 0.2, 0.3333333], offset: [-1.3, 2.5, 1.88888]}
    - zero_padding2d: {padding: [[1, 2], [3, 4]]}
    - conv2d: {filters: 1000, kernel_size: [1, 5], padding: same, activation: hard_sigmoid}
    - batch_normalization: {momentum: 0.123456789, epsilon: 1e-6, center: false, scale: true}
    - average_pooling2d
    - global_average_pooling2d: {keepdims: true}
    - global_average_pooling2d
    - dense: {units: 10, activation: softmax, use_bias: false}
"""


def test_a_table_of_80_columns_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "wide.yaml"
    path.write_text(WIDE % ("long words " * 20))
    result = run("describe", str(path), columns=80)
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in result.stdout
    words = result.stdout.split()
    data = json.loads(run("describe", str(path), "--json").stdout)
    for layer in data["layers"]:
        assert layer["name"] in words
        if layer["parameters"]:
            assert f"{layer['parameters']:,}" in words
    assert "1.88888]" in words
    assert result.stdout.count("long") == 20


def test_the_list_of_configs_fits_into_80_columns() -> None:
    result = run("list-configs", columns=80)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "…" not in result.stdout
    names = [
        config["name"] for config in json.loads(run("list-configs", "--json").stdout)["configs"]
    ]
    assert set(names) <= set(result.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_does(name: str) -> None:
    command = command_line.get_command(click.Context(command_line), name)
    assert command is not None
    assert command.name == name
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith((".", "]")), parameter.name


def test_the_help_names_every_command_with_its_summary() -> None:
    commands = run("--help").stdout.partition("Commands:\n")[2]
    lines = {line.split()[0]: line for line in commands.splitlines()}
    assert list(lines) == list(COMMANDS)
    assert all(len(line.split()) > 3 for line in lines.values())


def test_a_command_by_its_beginning_is_no_command() -> None:
    assert run("desc").exit_code == 2
    assert command_line.get_command(click.Context(command_line), "desc") is None
