"""`cifarcnn describe`: networks with composites, and two specs side by side."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from cifarcnn.language.reading.shipped import shipped_configs
from tests.support.command import invoke
from tests.support.run import CIFARCNN

BRANCHES = """\
name: branches
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 3, padding: same}
    - repeat:
        times: 2
        layers:
          - residual:
              layers:
                - conv2d: {filters: 4, kernel_size: 3, padding: same}
                - batch_normalization
          - activation: {activation: relu}
    - residual:
        layers: [max_pooling2d]
        projection:
          - conv2d: {filters: 4, kernel_size: 1, strides: 2}
    - flatten
    - dense: {units: 10, activation: softmax}
training: {batch_size: 100}
"""


def describe(*args: str | Path, columns: int = 80) -> str:
    result = invoke(["describe", *map(str, args)], env={"COLUMNS": str(columns)})
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


@pytest.fixture
def branches(tmp_path: Path) -> Path:
    path = tmp_path / "branches.yaml"
    path.write_text(BRANCHES)
    return path


def test_composites_are_shown_around_their_layers(branches: Path) -> None:
    text = describe(branches)
    labels = [re.split(r"\s{2,}", line.strip())[0] for line in text.splitlines()]
    start = labels.index("conv2d_1")
    indents = [
        (len(line) - len(line.lstrip()), label)
        for line, label in zip(text.splitlines(), labels, strict=True)
        if not line.lstrip().startswith(("same", "strides", "padding"))
    ][start:-7]
    assert indents == [
        (0, "conv2d_1"),
        (0, "repeat 1 of 2"),
        (2, "residual"),
        (4, "conv2d_2"),
        (4, "batch_normalization_1"),
        (4, "add_1"),
        (2, "activation_1"),
        (0, "repeat 2 of 2"),
        (2, "residual"),
        (4, "conv2d_3"),
        (4, "batch_normalization_2"),
        (4, "add_2"),
        (2, "activation_2"),
        (0, "residual"),
        (2, "max_pooling2d_1"),
        (2, "projection"),
        (4, "conv2d_4"),
        (2, "add_3"),
        (0, "flatten_1"),
        (0, "dense_1"),
    ]


def test_the_json_tells_the_structure_and_the_wiring(branches: Path) -> None:
    rows = {row["name"]: row for row in json.loads(describe(branches, "--json"))["layers"]}
    assert rows["conv2d_3"] == {
        "name": "conv2d_3",
        "path": "model.layers[1].repeat.layers[0].residual.layers[0].conv2d",
        "inside": ["repeat 2 of 2", "residual"],
        "inputs": ["activation_1"],
        "output_shape": [32, 32, 4],
        "parameters": 148,
        "mflop": 0.294912,
        "activation_bytes": 100 * 4096 * 4,
    }
    assert rows["add_3"]["inputs"] == ["max_pooling2d_1", "conv2d_4"]


@pytest.mark.parametrize("name", [*shipped_configs(), "branches"])
def test_a_description_fits_into_a_terminal_of_80_columns(name: str, branches: Path) -> None:
    lines = describe(branches if name == "branches" else name).splitlines()
    assert max(map(len, lines)) <= 80


def test_the_batch_size_decides_the_memory(branches: Path) -> None:
    figures = []
    for size in (100, 1000):
        data = json.loads(describe(branches, "--json", "--set", f"training.batch_size={size}"))
        assert data["batch_size"] == size
        figures.append(data)
    small, large = figures
    assert large["activation_bytes"] == 10 * small["activation_bytes"]
    assert large["training_memory_bytes"]["total"] > small["training_memory_bytes"]["total"]
    assert "for a batch of 100 images" in describe(branches)


def side_by_side(left: str | Path, right: str | Path, *more: str, columns: int = 80) -> list[str]:
    return describe(left, "--diff", right, *more, columns=columns).splitlines()


def test_layers_that_were_added_changed_and_removed_stand_side_by_side(
    branches: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        BRANCHES.replace("name: branches", "name: other")
        .replace("times: 2", "times: 3")
        .replace("- batch_normalization", "- dropout: {rate: 0.5}")
        .replace("    - flatten\n", "    - global_average_pooling2d\n    - rescaling: {scale: 2}\n")
        .replace("batch_size: 100", "epochs: 3")
    )
    lines = side_by_side(branches, other)
    assert max(map(len, lines)) <= 80
    text = re.sub(r" +", " ", "\n".join(lines))
    for line in [
        "branches other",
        "repeat times 2 (328 parameters) | repeat times 3 (444 parameters)",
        " residual (328 parameters) | residual (444 parameters)",
        " batch_normalization (32 <",
        " > dropout rate 0.5",
        " activation activation relu activation activation relu",
        " max_pooling2d max_pooling2d",
        " projection projection",
        "flatten <",
        " > global_average_pooling2d",
        " > rescaling scale 2.0",
        "dense units 10, activation softmax | dense units 10, activation softmax (50",
        " (10,250 parameters) | parameters)",
        "other keys that differ",
        "training.epochs\n 10 | 3",
        "training.batch_size\n 100 | 32",
    ]:
        assert f"\n{line}" in text, line
    data = json.loads(describe(branches, "--diff", other, "--json"))
    assert data["names"] == ["branches", "other"]
    changes = [
        (row["change"], (row["left"] or row["right"])["name"])
        for row in data["layers"]
        if row["change"] != "same"
    ]
    assert sorted(changes) == [
        ("added", "dropout"),
        ("added", "global_average_pooling2d"),
        ("added", "rescaling"),
        ("changed", "conv2d"),
        ("changed", "dense"),
        ("changed", "repeat"),
        ("changed", "residual"),
        ("removed", "batch_normalization"),
        ("removed", "flatten"),
    ]
    assert data["totals"]["layers"] == [14, 19]
    assert data["totals"]["parameters"][0] == 10_710
    assert data["keys"] == {"training.epochs": ["10", "3"], "training.batch_size": ["100", "32"]}


def test_a_spec_does_not_differ_from_itself() -> None:
    data = json.loads(describe("resnet20", "--diff", "resnet20", "--json"))
    assert {row["change"] for row in data["layers"]} == {"same"}
    assert data["keys"] == {}
    assert all(one == other for one, other in data["totals"].values())
    lines = side_by_side("resnet20", "resnet20")
    assert lines[-1] == "no other keys differ"
    assert not any(sign in line for line in lines for sign in "|<>")


def test_what_is_set_on_the_command_line_is_compared_with_the_file() -> None:
    settings = ["training.optimizer.sgd.momentum=0", "model.layers[3].repeat.times=5"]
    options = [word for setting in settings for word in ("--set", setting)]
    data = json.loads(describe("resnet20", "--diff", "resnet20", *options, "--json"))
    assert data["keys"] == {"training.optimizer.sgd.momentum": ["0.0", "0.9"]}
    changed = [row for row in data["layers"] if row["change"] != "same"]
    assert changed[0]["left"]["arguments"] == "times 5"
    assert changed[0]["right"]["arguments"] == "times 3"


def test_other_callbacks_and_missing_ones_are_named() -> None:
    data = json.loads(describe("deeper_3x3", "--diff", "deeper_3x3_plateau", "--json"))
    assert data["keys"] == {
        "training.callbacks[0]": [
            "early_stopping patience 4",
            "reduce_lr_on_plateau factor 0.5, patience 5",
        ]
    }
    data = json.loads(describe("two_conv", "--diff", "two_conv_early_stopping", "--json"))
    assert data["keys"] == {"training.callbacks[0]": [None, "early_stopping patience 4"]}
    assert "  (no such key)                        |   early_stopping patience 4" in side_by_side(
        "two_conv", "two_conv_early_stopping"
    )


@pytest.mark.parametrize(("left", "right"), [("resnet20", "vgg"), ("basic", "quickstart")])
def test_every_layer_of_both_specs_stands_in_the_comparison(left: str, right: str) -> None:
    rows = json.loads(describe(left, "--diff", right, "--json"))["layers"]
    for name, side in ((left, "left"), (right, "right")):
        total = json.loads(describe(name, "--json"))["parameters"]
        items = [row[side] for row in rows if row[side]]
        assert sum(item["parameters"] for item in items if item["depth"] == 0) == total
    assert max(map(len, side_by_side(left, right))) <= 80


def test_a_mistake_in_the_other_spec_is_answered_in_words(branches: Path) -> None:
    branches.write_text(BRANCHES.replace("times", "tims"))
    result = invoke(["describe", "basic", "--diff", str(branches)])
    assert result.exit_code == 2
    assert f"{branches}:6:9: model.layers[1].repeat.tims: unknown key; did you mean 'times'" in (
        result.stderr
    )


def test_on_a_terminal_of_80_columns_nothing_is_wider(branches: Path) -> None:
    master, slave = os.openpty()
    subprocess.run(
        [*CIFARCNN, "describe", branches, "--diff", "vgg"],
        stdout=slave,
        check=True,
        env=os.environ | {"COLUMNS": "80", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
    )
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(master)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()
    assert len(lines) > 20
    assert max(map(len, lines)) <= 80
