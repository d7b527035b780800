"""`cifarcnn show`, as a user types it."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from cifarcnn.language.load import load_spec, parse_spec
from cifarcnn.language.reading.shipped import shipped_configs
from tests.support.command import invoke

BASE = """\
name: base
seed: 1
model:
  layers:
    - conv2d:
        filters: 4
        kernel_size: 3
    - flatten
    - dense: {units: 10}
training:
  epochs: 4
  optimizer: {adam: {learning_rate: 0.1}}
"""
CHILD = """\
extends: base.yaml
name: child

training:
  batch_size: 8
  optimizer:
    adam:
      beta_1: 0.8
"""


def run(*args: str, **environment: str) -> Result:
    return invoke(["show", *args], env=environment)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE)
    Path("child.yaml").write_text(CHILD)
    return tmp_path


@pytest.mark.parametrize("name", shipped_configs())
@pytest.mark.parametrize("options", [(), ("--origin",)])
def test_what_is_shown_is_the_spec(name: str, options: tuple[str, ...]) -> None:
    setting = "training.epochs=3"
    result = run(name, "--set", setting, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    spec = parse_spec(result.stdout, "shown")
    assert spec.training.epochs == 3
    assert spec.model == load_spec(name).model
    assert (
        json.loads(run(name, "--set", setting, "--json").stdout)["spec"]["training"]["epochs"] == 3
    )


ORIGINS = {
    "name": "child.yaml:2",
    "description": "default",
    "seed": "--set seed=5",
    "model.layers[0].conv2d": "base.yaml:5",
    "model.layers[0].conv2d.filters": "--set model.layers.conv2d.filters=8",
    "model.layers[0].conv2d.kernel_size": "base.yaml:7",
    "model.layers[0].conv2d.padding": "default",
    "model.layers[1].flatten": "base.yaml:8",
    "model.layers[2].dense.units": "base.yaml:9",
    "training.epochs": "CIFARCNN_EPOCHS=2",
    "training.batch_size": "child.yaml:5",
    "training.loss.categorical_crossentropy": "default",
    "training.optimizer.adam": "child.yaml:7",
    "training.optimizer.adam.learning_rate": "base.yaml:12",
    "training.optimizer.adam.beta_1": "child.yaml:8",
    "training.optimizer.adam.beta_2": "default",
    "training.callbacks": "default",
    "runtime.device": "default",
}


@pytest.mark.usefixtures("folder")
def test_each_value_is_shown_with_what_set_it() -> None:
    args = ["child.yaml", "--set", "seed=5", "--set", "model.layers.conv2d.filters=8", "--origin"]
    result = run(*args, CIFARCNN_EPOCHS="2")
    assert result.exit_code == 0
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert "filters: 8                          # --set model.layers.conv2d.filters=8" in lines
    assert "epochs: 2                                 # CIFARCNN_EPOCHS=2" in lines
    assert "name: child                                 # child.yaml:2" in lines
    data = json.loads(run(*args, "--json", CIFARCNN_EPOCHS="2").stdout)
    assert {path: data["origins"][path] for path in ORIGINS} == ORIGINS
    comments = [line.partition("  # ")[2] for line in lines if "  # " in line]
    assert comments == list(data["origins"].values())


def origins(word: str, *settings: str) -> dict[str, str]:
    args = [part for setting in settings for part in ("--set", setting)]
    result = run(word, "--origin", "--json", *args)
    assert result.exit_code == 0, result.stderr
    found: dict[str, str] = json.loads(result.stdout)["origins"]
    return found


@pytest.mark.usefixtures("folder")
def test_a_whole_item_that_an_option_sets_comes_from_it() -> None:
    setting = "training.optimizer={sgd: {momentum: 0.9}}"
    found = origins("child.yaml", setting)
    assert found["training.optimizer.sgd"] == f"--set {setting}"
    assert found["training.optimizer.sgd.momentum"] == f"--set {setting}"
    assert found["training.optimizer.sgd.learning_rate"] == "default"


def test_a_null_that_takes_a_value_back_is_what_set_the_default(folder: Path) -> None:
    (folder / "a.yaml").write_text("extends: child.yaml\nseed:\ntraining: {optimizer: null}\n")
    found = origins("a.yaml")
    assert found["seed"] == "a.yaml:2"
    assert found["training.optimizer.adam.beta_1"] == "default"
    assert found["training.batch_size"] == "child.yaml:5"


def test_a_shipped_base_is_shown_by_its_name(folder: Path) -> None:
    (folder / "a.yaml").write_text("extends: basic\nname: a\n")
    text = shipped_configs()["basic"].read_text().splitlines()
    line = 1 + next(number for number, line in enumerate(text) if "epochs:" in line)
    assert origins("a.yaml")["training.epochs"] == f"basic:{line}"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("value", ["'a\n\n b'", "'\x85x'", "é", "'# x'"])
def test_an_origin_stays_on_its_line(value: str) -> None:
    args = ["base.yaml", "--set", f"description={value}"]
    result = run(*args, "--origin")
    assert result.exit_code == 0
    description = json.loads(run(*args, "--json").stdout)["spec"]["description"]
    assert parse_spec(result.stdout, "shown").description == description


@pytest.mark.usefixtures("folder")
def test_a_mistake_is_told_as_everywhere() -> None:
    result = run("child.yaml", "--set", "training.epoch=3")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "error: --set training.epoch=3: training.epoch: unknown key; did you mean 'epochs'?\n"
    )
