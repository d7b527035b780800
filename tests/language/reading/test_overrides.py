"""Values set on the command line: `--set` and its short forms."""

import re
from pathlib import Path
from typing import Any

import pytest

from cifarcnn.cli.options import collect_overrides
from cifarcnn.errors import UserError
from cifarcnn.language.load import load_spec
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.reading.overrides import parse_override
from cifarcnn.language.schema import Spec
from cifarcnn.language.short_forms import SHORT_FORMS, variable_of

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


def value_at(spec: Any, dotted: str) -> Any:
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
        "training.optimizer: unknown optimizer 'adma'; if it is your own, give its file with --code"
        "; did you mean 'adam'?",
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
    ("training.epochs='3'", "training.epochs: expected an integer, received '3' (a string, by its"),
    ("training.epochs=", "training.epochs: expected an integer, received nothing (null)"),
    ("training=", "training: expected a mapping with keys among epochs"),
    ("model.layers[3].flatten.x=3", "there is no model.layers[3]: found a list of 3"),
    ("model.layers[3]=flatten", "there is no model.layers[3]: found a list of 3"),
    ("training[0]=3", "there is no training[0]: found {'epochs': 4, "),
    ("model.layers.conv2d=3", "expected the arguments of conv2d by name, such as {filters: .."),
    ("model.layers.conv2d_2.filters=3", "model.layers has no conv2d_2; did you mean 'conv2d_1'?"),
    ("model.layers.conv2d_0.filters=3", "model.layers has no conv2d_0; did you mean 'conv2d_1'?"),
    ("model.layers.densse.units=3", "model.layers has no densse; did you mean 'dense'?"),
    ("model.layers.zzz.units=3", "model.layers has no zzz; it has conv2d, flatten and dense"),
    ("model.layers.conv2d.filter=3", "model.layers[0].conv2d.filter: unknown key; did you mean"),
    ("model.layers[1].conv2d.filters=3", "model.layers[1] is flatten, so it has no 'conv2d'"),
    ("model.layers[0].dense.units=3", "model.layers[0] is conv2d, so it has no 'dense'"),
    ("model.layers[0][0]=3", "model.layers[0] is conv2d, so it has no 0"),
    ("training.callbacks.csv_logger.filename=a", "training.callbacks has no csv_logger; it has"),
    (
        "training.optimizer.epsilon=1",
        "training.optimizer: unknown optimizer 'epsilon', expected ad",
    ),
    ("training.optimizer.sgd.epsilon=1", "training.optimizer.sgd.epsilon: unknown key, expected"),
    ("training.optimizer[0]=1", "there is no training.optimizer[0]: found 'adam' (a string)"),
    (
        "training.optimizer.sgd.learning_rate.cosine.alpha=1",
        "training.optimizer.sgd.learning_rate: unknown schedule 'cosine'; if it is your own",
    ),
    (
        "training.optimizer.sgd.momentum.x=1",
        "training.optimizer.sgd.momentum: expected a number, received {'x': 1} (a mapping)",
    ),
    ("training.loss.mse.x=1", "training.loss: unknown loss 'mse', expected categorical_crossent"),
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


LAYERS = """\
name: a
model:
  layers:
    - conv2d: {filters: 8, kernel_size: 3}
    - batch_normalization
    - dropout: {rate: 0.5}
    - conv2d: {filters: 8, kernel_size: 3}
    - batch_normalization:
    - flatten
    - dense: {units: 10}
"""


@pytest.mark.parametrize(
    ("setting", "by_index"),
    [
        ("model.layers.conv2d_1.filters=9", "model.layers[0].conv2d.filters=9"),
        ("model.layers.conv2d_2.filters=9", "model.layers[3].conv2d.filters=9"),
        ("model.layers.conv2d_2.kernel_size[1]=5", "model.layers[3].conv2d.kernel_size[1]=5"),
        ("model.layers.dropout.rate=0.1", "model.layers[2].dropout.rate=0.1"),
        ("model.layers.dropout_1.rate=0.1", "model.layers[2].dropout.rate=0.1"),
        ("model.layers.dropout={rate: 0.1}", "model.layers[2]={dropout: {rate: 0.1}}"),
        (
            "model.layers.batch_normalization_1.momentum=0.5",
            "model.layers[1]={batch_normalization: {momentum: 0.5}}",
        ),
        (
            "model.layers.batch_normalization_2.momentum=0.5",
            "model.layers[4]={batch_normalization: {momentum: 0.5}}",
        ),
        ("model.layers.dense.use_bias=false", "model.layers[6].dense.use_bias=false"),
    ],
)
def test_an_item_goes_by_its_name_as_by_its_index(path: Path, setting: str, by_index: str) -> None:
    path.write_text(LAYERS.replace("kernel_size: 3", "kernel_size: [3, 3]"))
    assert load(path, setting) == load(path, by_index) != load(path)


def test_the_names_of_layers_are_those_that_describe_shows(path: Path) -> None:
    path.write_text(LAYERS)
    rows = plan_network(load(path).model.layers).layers
    for index, row in enumerate(rows):
        place = f"model.layers[{index}].{row.layer.entry_name}.zzz"
        with pytest.raises(UserError, match=f": {re.escape(place)}: unknown key"):
            load(path, f"model.layers.{row.name}.zzz=1")


def test_callbacks_go_by_their_names(path: Path) -> None:
    for name in ("early_stopping", "early_stopping_1"):
        spec = load(path, f"training.callbacks.{name}.patience=9")
        assert value_at(spec, "training.callbacks.0.patience") == 9


def test_several_items_of_one_name_are_told_apart(path: Path) -> None:
    path.write_text(LAYERS)
    with pytest.raises(UserError) as raised:
        load(path, "model.layers.conv2d.filters=9")
    assert str(raised.value) == (
        "--set model.layers.conv2d.filters=9: model.layers has several conv2d: "
        "conv2d_1 and conv2d_2"
    )


def test_a_long_list_of_candidates_is_cut(path: Path) -> None:
    path.write_text("name: a\nmodel:\n  layers:\n" + "    - conv2d\n" * 500)
    with pytest.raises(UserError) as raised:
        load(path, "model.layers.conv2d.filters=9")
    assert str(raised.value).endswith("conv2d_11, conv2d_12 and others")


def test_a_list_that_a_spec_leaves_out_has_no_items(path: Path) -> None:
    path.write_text(LAYERS)
    with pytest.raises(UserError, match=r"training\.callbacks has no early_stopping; it is empty$"):
        load(path, "training.callbacks.early_stopping.patience=9")
    with pytest.raises(UserError, match=r"no training\.callbacks\[0\]: found a list of 0$"):
        load(path, "training.callbacks[0].early_stopping.patience=9")


@pytest.mark.parametrize("before", ["adam", "{adam: {beta_1: 0.8}}", "{adam: }", "sgd", "null"])
def test_another_optimizer_takes_the_place_of_the_one_there(path: Path, before: str) -> None:
    path.write_text(LAYERS)
    spec = load(path, f"training.optimizer={before}", "training.optimizer.sgd.momentum=0.9")
    assert (
        spec.training.optimizer
        == load(path, "training.optimizer={sgd: {momentum: 0.9}}").training.optimizer
    )


ONE_ITEM = """\
name: a
model: {layers: [{conv2d: {filters: 8, kernel_size: 3%s}}, flatten, dense: {units: 10}]}
training: {%s}
"""


@pytest.mark.parametrize(
    ("layer", "training", "setting", "place", "name"),
    [
        (
            "",
            f"optimizer: {{sgd: {{learning_rate: {before}}}}}",
            "training.optimizer.sgd.learning_rate.triangular.peak_learning_rate=0.1",
            "training.optimizer.learning_rate",
            "triangular",
        )
        for before in ("0.1", "{cosine_decay: {initial_learning_rate: 0.1}}", "oops", "null")
    ]
    + [
        (
            "",
            "optimizer: {sgd: {learning_rate: {triangular: {peak_learning_rate: 1}}}}",
            "training.optimizer.adam.learning_rate.cosine_decay.initial_learning_rate=0.1",
            "training.optimizer.learning_rate",
            "cosine_decay",
        ),
        (
            "",
            "weight_averaging: {ema: {momentum: 0.5}}",
            "training.weight_averaging.lookahead.momentum=0.9",
            "training.weight_averaging",
            "lookahead",
        ),
        (
            ", kernel_regularizer: {l2: {l2: 0.1}}",
            "",
            "model.layers.conv2d.kernel_regularizer.l1.l1=0.2",
            "model.layers.0.kernel_regularizer",
            "l1",
        ),
        (
            ", kernel_initializer: he_normal",
            "",
            "model.layers[0].conv2d.kernel_initializer.dirac.rest.constant.value=0.1",
            "model.layers.0.kernel_initializer.rest",
            "constant",
        ),
    ],
)
def test_another_item_takes_the_place_of_the_one_there_at_any_depth(
    path: Path, layer: str, training: str, setting: str, place: str, name: str
) -> None:
    path.write_text(ONE_ITEM % (layer, training))
    assert value_at(load(path, setting), place).entry_name == name


def test_an_item_in_the_place_of_another_keeps_nothing_of_it(path: Path) -> None:
    path.write_text(ONE_ITEM % ("", "weight_averaging: {ema: {momentum: 0.5}}"))
    averaging = load(path, "training.weight_averaging.lookahead.period=3").training.weight_averaging
    assert (value_at(averaging, "momentum"), value_at(averaging, "period")) == (0.5, 3)
    assert (
        averaging
        == load(
            path, "training.weight_averaging={lookahead: {period: 3}}"
        ).training.weight_averaging
    )


def test_arguments_are_added_to_the_item_there(path: Path) -> None:
    settings = ("training.optimizer.adam.beta_1=0.8", "training.optimizer.adam.beta_2=0.9")
    spec = load(path, *settings)
    assert (
        spec.training.optimizer
        == load(path, "training.optimizer={adam: {beta_1: 0.8, beta_2: 0.9}}").training.optimizer
    )


SHORT_TEXTS = [
    ("CIFARCNN_EPOCHS", "6", "training.epochs", 6),
    ("CIFARCNN_BATCH_SIZE", "8", "training.batch_size", 8),
    ("CIFARCNN_SEED", "0", "seed", 0),
    ("CIFARCNN_DEVICE", "gpu:0,1", "runtime.device", "gpu:0,1"),
    ("CIFARCNN_DEVICE", "1", "runtime.device", "1"),
    ("CIFARCNN_BACKEND", "jax", "runtime.backend", "jax"),
    ("CIFARCNN_DETERMINISTIC", "true", "runtime.deterministic", True),
    ("CIFARCNN_DETERMINISTIC", "1", "runtime.deterministic", True),
    ("CIFARCNN_DETERMINISTIC", "0", "runtime.deterministic", False),
    ("CIFARCNN_EPOCHS", "", "training.epochs", 4),
]


@pytest.mark.parametrize(("variable", "text", "place", "value"), SHORT_TEXTS)
def test_a_variable_sets_what_its_option_sets(
    path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, place: str, value: Any
) -> None:
    monkeypatch.setenv(variable, text)
    found = value_at(load(path), place)
    assert found == value
    assert type(found) is type(value)


def test_every_short_form_has_a_variable_that_is_tried_here() -> None:
    assert {variable_of(name) for name in SHORT_FORMS} == {row[0] for row in SHORT_TEXTS}


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("CIFARCNN_EPOCHS", "abc", "training.epochs: expected an integer, received 'abc' (a strin"),
        ("CIFARCNN_BATCH_SIZE", "0", "training.batch_size: expected a value >= 1, received 0 (an"),
        ("CIFARCNN_SEED", "1.5", "seed: expected an integer, received 1.5 (a number)"),
        ("CIFARCNN_DEVICE", "tpu", "runtime.device: expected auto, cpu, gpu, gpu:1 or gpu:0,1"),
        ("CIFARCNN_DETERMINISTIC", "on", "runtime.deterministic: expected true or false, received"),
    ],
)
def test_a_mistake_in_a_variable_is_blamed_on_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, message: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(UserError) as raised:
        load(path)
    assert str(raised.value).startswith(f"{variable}={text}: {message}")


def test_defaults_give_way_to_bases_files_variables_and_options(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = path.with_name("base.yaml")
    parts = TEXT.replace("  epochs: 4\n", "")
    path.write_text(f"extends: base.yaml\n{parts}")
    base.write_text("seed: 8\n")
    assert load(path).training.epochs == 10
    base.write_text("training: {epochs: 1}\n")
    assert load(path).training.epochs == 1
    path.write_text("extends: base.yaml\n" + parts.replace("training:", "training:\n  epochs: 2"))
    assert load(path).training.epochs == 2
    monkeypatch.setenv("CIFARCNN_EPOCHS", "3")
    assert load(path).training.epochs == 3
    assert load(path, "training.epochs=4").training.epochs == 4
    assert load(path, "training.epochs=4", epochs=5).training.epochs == 5


def test_a_mistake_in_a_variable_that_an_option_replaces_is_no_mistake(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIFARCNN_EPOCHS", "abc")
    assert load(path, epochs=5).training.epochs == 5


INSIDE = """\
name: inside
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 3}
    - residual: {layers: [{conv2d: {filters: 4, kernel_size: 3, padding: same}}]}
    - conv2d: {filters: 4, kernel_size: 3}
    - flatten
    - dense: {units: 10}
"""


@pytest.mark.parametrize("word", ["conv2d_1", "conv2d_2", "conv2d_3", "conv2d"])
def test_a_name_that_a_composite_holds_too_is_refused(tmp_path: Path, word: str) -> None:
    """`describe` counts the layers inside composites, so a number would name another layer."""
    path = tmp_path / "inside.yaml"
    path.write_text(INSIDE)
    with pytest.raises(UserError) as raised:
        load(path, f"model.layers.{word}.filters=8")
    assert f"{word} is not clear, since model.layers[1].residual holds" in str(raised.value)
    assert "model.layers[0] or model.layers[2]" in str(raised.value)
    assert load(path, "model.layers.dense.units=10", "model.layers[2].conv2d.filters=4")
    inner = "model.layers[1].residual.layers.conv2d.kernel_size"
    assert value_at(load(path, f"{inner}=1"), "model.layers.1.layers.0.kernel_size") == (1, 1)
