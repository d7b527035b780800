"""Values set on the command line: `--set` and its short forms."""

from pathlib import Path
from typing import Any

import pytest

from cifarcnn.cli.options import collect_overrides
from cifarcnn.errors import UserError
from cifarcnn.spec.load import load_spec
from cifarcnn.spec.overrides import parse_override
from cifarcnn.spec.schema import Spec

TEXT = """\
name: a
model:
  layers:
    - conv2d: {filters: 8, kernel_size: 3}
    - flatten
    - dense: {units: 10}
training:
  epochs: 4
  optimizer: adam
  callbacks:
    - early_stopping: {patience: 2}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text(TEXT)
    return path


def load(path: Path, *settings: str, **short_forms: Any) -> Spec:
    return load_spec(path, collect_overrides(settings, **short_forms))


def value_at(spec: Spec, dotted: str) -> Any:
    value: Any = spec
    for part in dotted.split("."):
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    return value


@pytest.mark.parametrize(
    ("setting", "place", "value"),
    [
        ("training.epochs=3", "training.epochs", 3),
        (" training.epochs = 3 ", "training.epochs", 3),
        ("seed=0x10", "seed", 16),
        ("name=b-2", "name", "b-2"),
        ("description=a=b", "description", "a=b"),
        ("description='on: # \"x\"'", "description", 'on: # "x"'),
        ("description=on", "description", "on"),
        ("model.layers[0].conv2d.filters=64", "model.layers.0.filters", 64),
        ("model.layers.0.conv2d.filters=64", "model.layers.0.filters", 64),
        ("model.layers[0].conv2d.kernel_size=[1, 5]", "model.layers.0.kernel_size", (1, 5)),
        ("model.layers[0].conv2d.activation=relu", "model.layers.0.activation", "relu"),
        ("model.layers[0]={dropout: {rate: 0.5}}", "model.layers.0.rate", 0.5),
        ("training.optimizer=sgd", "training.optimizer.entry_name", "sgd"),
        ("training.optimizer={adam: {epsilon: 1e-4}}", "training.optimizer.epsilon", 1e-4),
        ("training.callbacks=[]", "training.callbacks", []),
        ("training.callbacks[0].early_stopping.patience=9", "training.callbacks.0.patience", 9),
        (
            "training.loss.categorical_crossentropy.label_smoothing=0.1",
            "training.loss.label_smoothing",
            0.1,
        ),
        ("runtime.device=gpu:0,1", "runtime.device", "gpu:0,1"),
        ("runtime.device=0", "runtime.device", "0"),
        ("data.limit=500", "data.limit", 500),
        ("data.limit=", "data.limit", None),
    ],
)
def test_a_value_is_set_where_the_path_says(
    path: Path, setting: str, place: str, value: Any
) -> None:
    spec = load(path, setting)
    assert value_at(spec, place) == value
    assert type(value_at(spec, place)) is type(value)


def test_the_rest_of_the_spec_stays_as_it_is(path: Path) -> None:
    before = load(path).model_dump()
    after = load(path, "training.batch_size=8").model_dump()
    assert after["training"].pop("batch_size") == 8
    assert before["training"].pop("batch_size") == 32
    assert after == before
    assert path.read_text() == TEXT


def test_sections_that_the_file_leaves_out_or_empty_are_made(path: Path) -> None:
    path.write_text(f"{TEXT}data:\n")
    spec = load(path, "data.dataset=demo", "runtime.device=cpu")
    assert (spec.data.dataset, spec.runtime.device) == ("demo", "cpu")


def test_later_settings_win_over_earlier_ones_and_short_forms_over_all(path: Path) -> None:
    assert load(path, "training.epochs=2", "training.epochs=3").training.epochs == 3
    assert load(path, "training={epochs: 2}", "training.epochs=3").training.epochs == 3
    assert load(path, "training.epochs=2", "training={epochs: 5}").training.epochs == 5
    spec = load(path, "training.epochs=3", "seed=1", epochs=6, batch_size=None, seed=2)
    assert (spec.training.epochs, spec.training.batch_size, spec.seed) == (6, 32, 2)


@pytest.mark.parametrize(
    ("short_form", "place", "value"),
    [
        ({"epochs": 6}, "training.epochs", 6),
        ({"batch_size": 6}, "training.batch_size", 6),
        ({"seed": 0}, "seed", 0),
        ({"device": "gpu:1"}, "runtime.device", "gpu:1"),
    ],
)
def test_each_short_form_has_its_place(
    path: Path, short_form: dict[str, Any], place: str, value: Any
) -> None:
    assert value_at(load(path, **short_form), place) == value


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "=",
        "=3",
        "training.epochs",
        "training..epochs=3",
        ".training=3",
        "training.=3",
        "training epochs=3",
        "model.layers[0]conv2d=3",
        "model.layers[x]=3",
        "model.layers[-1]=3",
        "model.layers[0=3",
        "model.layers[]=3",
        "tráining=3",
    ],
)
def test_a_malformed_setting_is_answered_with_an_example(setting: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_override(setting)
    assert raised.value.message == (
        f"--set {setting}: expected key.path=value, such as training.epochs=3 or "
        "model.layers[0].conv2d.filters=64"
    )


REFUSED = [
    ("trainig.epochs=3", "trainig: unknown key; did you mean 'training'?"),
    ("training.epoch=3", "training.epoch: unknown key; did you mean 'epochs'?"),
    (
        "training.optimizer.adma.epsilon=1",
        "training.optimizer is 'adam' (a string), so it has no 'adma'",
    ),
    (
        "training.optimizer={adam: {beta1: 1}}",
        "training.optimizer.adam.beta1: unknown key; did you mean 'beta_1'?",
    ),
    (
        "training.callbacks=[{early_stopping: {patience: x}}]",
        "training.callbacks[0].early_stopping.patience: expected an integer",
    ),
    ("training.epochs.x=3", "training.epochs is 4 (an integer), so it has no 'x'"),
    ("training.epochs=3.5", "training.epochs: expected an integer, received 3.5 (a number)"),
    ("training.epochs='3'", "training.epochs: expected an integer, received '3' (a string)"),
    ("training.epochs=", "training.epochs: expected an integer, received nothing (null)"),
    ("training=", "training: expected a mapping, received nothing (null)"),
    ("model.layers[3].flatten.x=3", "there is no model.layers[3]: found a list of 3"),
    ("model.layers[3]=flatten", "there is no model.layers[3]: found a list of 3"),
    ("training[0]=3", "there is no training[0]: found {'epochs': 4, "),
    ("model.layers.conv2d=3", "'flatten',... (a list), so it has no 'conv2d'"),
    ("name=a/b", "name: expected letters, digits"),
    ("seed=[1, 2", "not valid YAML"),
    ("seed={a: 1, a: 2}", "a: this key was given before"),
    ("seed=&x 1", "anchors and aliases"),
    ("description=\udcff", "the character U+DCFF is not part of YAML"),
]


@pytest.mark.parametrize(("setting", "words"), REFUSED)
def test_what_cannot_be_set_is_refused_and_names_the_option(
    path: Path, setting: str, words: str
) -> None:
    with pytest.raises(UserError) as raised:
        load(path, setting)
    message = str(raised.value)
    assert message.startswith(f"--set {setting}:")
    assert words in message


@pytest.mark.parametrize(
    ("setting", "place", "words"),
    [
        ("model.layers[0].conv2d.kernel_size=33", "model.layers[0].conv2d", "its 33x33 window"),
        ("model.layers[2].dense.units=9", "model.layers[2].dense", "one value per class"),
    ],
)
def test_layers_that_no_longer_fit_together_are_shown_with_the_option_that_did_it(
    path: Path, setting: str, place: str, words: str
) -> None:
    with pytest.raises(UserError) as raised:
        load(path, setting)
    assert str(raised.value).startswith(f"--set {setting}: {place}: ")
    assert words in str(raised.value)


def test_a_short_form_is_named_as_it_was_typed(path: Path) -> None:
    with pytest.raises(UserError, match=r"^--batch-size 0: training\.batch_size: expected a value"):
        load(path, batch_size=0)


def test_problems_of_the_file_and_of_options_are_told_together(path: Path) -> None:
    path.write_text(TEXT.replace("epochs: 4", "epoch: 4"))
    with pytest.raises(UserError) as raised:
        load(path, "seed=x", device="tpu")
    lines = str(raised.value).splitlines()
    assert lines[0] == "3 problems"
    assert lines[1].startswith("--set seed=x: seed: expected an integer")
    assert lines[2].startswith("--device tpu: runtime.device: expected auto, cpu, gpu")
    assert lines[3].startswith(f"{path}:8:3: training.epoch: unknown key")


def test_a_mistake_in_the_file_that_an_option_replaces_is_no_mistake(path: Path) -> None:
    path.write_text(TEXT.replace("epochs: 4", "epochs: four"))
    assert load(path, "training.epochs=4").training.epochs == 4


def test_settings_over_a_file_that_is_no_spec_leave_its_error(path: Path) -> None:
    path.write_text("- a\n")
    with pytest.raises(UserError, match="expected a spec"):
        load(path, "seed=1")
