"""Specs that extend others."""

import os
from pathlib import Path
from typing import Any

import pytest

from cifarcnn.cli.options import collect_overrides
from cifarcnn.errors import UserError
from cifarcnn.language.entry_types import LAYERS
from cifarcnn.language.load import load_document, load_resolved, load_spec, parse_spec
from cifarcnn.language.problems import SpecError
from cifarcnn.language.reading.extends import MAX_BASES
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.reading.yaml_reader import MAX_BYTES
from cifarcnn.language.writing.spec_text import plain, spec_to_data, spec_to_yaml

BASE = """\
name: base
seed: 1
data: {dataset: demo, limit: 500}
model:
  layers:
    - flatten
    - dense: {units: 10}
training:
  epochs: 4
  batch_size: 16
  loss: {categorical_crossentropy: {label_smoothing: 0.1}}
  optimizer: {adam: {learning_rate: 0.1, beta_1: 0.8}}
  callbacks: [early_stopping]
runtime: {device: cpu}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the base in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(BASE)
    return tmp_path


def extended(text: str) -> dict[str, Any]:
    """What a spec that says `text` over the base stands for."""
    Path("a.yaml").write_text(f"extends: base.yaml\n{text}\n")
    return spec_to_data(load_spec("a.yaml"))


def value_at(data: Any, place: str) -> Any:
    for part in place.split("."):
        data = data[part]
    return data


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("", {}),
        ("name: b", {"name": "b"}),
        ("training: {epochs: 9}", {"training.epochs": 9}),
        (
            "training: {epochs: 9}\ndata: {pixels: raw}",
            {"training.epochs": 9, "data.pixels": "raw"},
        ),
        # An item of the same name: its arguments merge.
        (
            "training: {optimizer: {adam: {learning_rate: 0.2}}}",
            {"training.optimizer.adam.learning_rate": 0.2},
        ),
        (
            "training: {optimizer: {adam: {learning_rate: {cosine_decay: "
            "{initial_learning_rate: 1.0, decay_steps: 5}}}}}",
            {
                "training.optimizer.adam.learning_rate": {
                    "cosine_decay": {
                        "initial_learning_rate": 1.0,
                        "decay_steps": 5,
                        "alpha": 0.0,
                        "warmup_target": None,
                        "warmup_steps": 0,
                    }
                }
            },
        ),
        # Lists replace.
        ("training: {callbacks: []}", {"training.callbacks": []}),
        (
            "model: {layers: [flatten, dense: {units: 10, use_bias: false}]}",
            {
                "model.layers": [
                    "flatten",
                    plain(LAYERS.read({"dense": {"units": 10, "use_bias": False}})),
                ]
            },
        ),
        # null takes back what the base says.
        ("seed:", {"seed": 7}),
        ("data: {limit: null}", {"data.limit": None}),
        (
            "training: {epochs: null, callbacks: null}",
            {"training.epochs": 10, "training.callbacks": []},
        ),
        ("runtime: null", {"runtime.device": "auto"}),
        ("data: {validation: null}", {}),
    ],
)
@pytest.mark.usefixtures("folder")
def test_only_what_a_spec_says_differs_from_its_base(text: str, changes: dict[str, Any]) -> None:
    expected = spec_to_data(load_spec("base.yaml"))
    for place, value in changes.items():
        section, _, key = place.rpartition(".")
        (value_at(expected, section) if section else expected)[key] = value
    assert extended(text) == expected


@pytest.mark.parametrize("optimizer", ["sgd", "{sgd: {momentum: 0.9}}", "adam", "{adamw: {}}"])
@pytest.mark.usefixtures("folder")
def test_another_item_or_a_bare_name_replaces_the_item_of_the_base(optimizer: str) -> None:
    alone = BASE.replace("{adam: {learning_rate: 0.1, beta_1: 0.8}}", optimizer)
    expected = spec_to_data(parse_spec(alone, "alone"))
    assert extended(f"training: {{optimizer: {optimizer}}}") == expected


@pytest.mark.usefixtures("folder")
def test_null_over_an_item_is_the_default_item() -> None:
    data = extended("training: {optimizer: , loss: null}")
    assert data["training"]["optimizer"]["adam"]["beta_1"] == 0.9
    assert data["training"]["loss"]["categorical_crossentropy"]["label_smoothing"] == 0


@pytest.mark.usefixtures("folder")
def test_a_null_argument_of_an_item_is_a_value() -> None:
    with pytest.raises(
        SpecError, match=r"a\.yaml:2:41: training\.optimizer\.adam\.beta_1: expected a"
    ):
        extended("training: {optimizer: {adam: {beta_1:   null}}}")


def test_a_chain_is_laid_over_from_the_farthest_base(folder: Path) -> None:
    (folder / "far").mkdir()
    (folder / "far" / "b.yaml").write_text("extends: ../base.yaml\nseed: 2\nname: b\n")
    (folder / "a.yaml").write_text("extends: far/b.yaml\nname: a\ntraining: {epochs: null}\n")
    spec = load_spec("a.yaml")
    assert (spec.name, spec.seed, spec.training.epochs) == ("a", 2, 10)
    assert spec.training.batch_size == 16


def test_a_path_is_relative_to_the_file_that_names_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.yaml").write_text("extends: base.yaml\nname: a\n")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert load_spec("../a.yaml").seed == 1
    (elsewhere / "b.yaml").write_text(f"extends: {folder / 'base.yaml'}\nname: b\n")
    assert load_spec("b.yaml").seed == 1


def test_a_shipped_config_goes_by_its_name_unless_a_file_has_it(folder: Path) -> None:
    (folder / "basic.yaml").write_text("extends: basic\nname: a\nseed: 3\n")
    assert load_spec("basic.yaml").model.layers == load_spec("basic").model.layers
    (folder / "basic").write_text(BASE)
    assert load_spec("basic.yaml").data.dataset == "demo"


@pytest.mark.usefixtures("folder")
def test_a_resolved_spec_extends_nothing_and_reads_back() -> None:
    data = extended("training: {epochs: 9}")
    assert "extends" not in data
    text = spec_to_yaml(load_spec("a.yaml"))
    assert "extends" not in text
    assert parse_spec(text, "stored") == load_spec("a.yaml")


def test_a_null_extends_is_no_base(folder: Path) -> None:
    (folder / "a.yaml").write_text(f"extends: null\n{BASE}")
    assert load_spec("a.yaml") == load_spec("base.yaml")
    assert parse_spec(f"extends:\n{BASE}", "stored") == load_spec("base.yaml")


def test_a_stored_spec_and_an_option_extend_nothing(folder: Path) -> None:
    (folder / "a.yaml").write_text("extends: base.yaml\nname: a\n")
    text = f"extends: base.yaml\n{BASE}"
    with pytest.raises(SpecError, match=r"^stored:1:10: extends: expected null, or in a spec file"):
        parse_spec(text, "stored")
    (folder / "stored.yaml").write_text(text)
    with pytest.raises(
        SpecError, match=r"^stored\.yaml:1:10: extends: expected null, or in a spec file"
    ):
        load_resolved(Path("stored.yaml"))
    with pytest.raises(SpecError, match=r"^--set extends=basic: extends: expected null"):
        load_spec("base.yaml", collect_overrides(("extends=basic",)))


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("epochs: 4", "epochs: x", "9:11", "training.epochs: expected an integer"),
        ("epochs: 4", "epoch: 4", "9:3", "training.epoch: unknown key; did you mean 'epochs'?"),
        ("beta_1: 0.8", "beta_1: 8", "12:50", "training.optimizer.adam.beta_1: expected a value <"),
        (
            "units: 10",
            "units: 9",
            "7:7",
            "model.layers[1].dense: the last layer must give one value",
        ),
        ("seed: 1", "seed: [1", "3:5", "not valid YAML"),
        ("seed: 1", "seed: &a 1", "2:7", "seed: anchors and aliases"),
        ("seed: 1", "name: 1", "2:1", "name: this key was given before"),
    ],
)
def test_a_mistake_in_the_base_is_shown_there(
    folder: Path, old: str, new: str, place: str, words: str
) -> None:
    (folder / "base.yaml").write_text(BASE.replace(old, new))
    with pytest.raises(SpecError) as raised:
        extended("training: {optimizer: {adam: {amsgrad: true}}}")
    (problem,) = raised.value.problems
    assert str(problem).startswith(f"base.yaml:{place}: {words}")
    line = int(place.partition(":")[0])
    assert problem.mark.text == BASE.replace(old, new).splitlines()[line - 1]


@pytest.mark.usefixtures("folder")
def test_a_mistake_of_the_spec_itself_is_shown_in_its_file() -> None:
    with pytest.raises(
        SpecError, match=r"^a\.yaml:2:40: training\.optimizer\.adam\.beta_2: expect"
    ):
        extended("training: {optimizer: {adam: {beta_2:  8}}}")


def test_mistakes_of_both_files_are_told_file_by_file(folder: Path) -> None:
    (folder / "base.yaml").write_text(BASE.replace("seed: 1", "seed: x").replace("16", "y"))
    with pytest.raises(SpecError) as raised:
        extended("\n\ntraining: {epochs: z}")
    places = [str(problem.mark) for problem in raised.value.problems]
    assert places == ["a.yaml:4:20", "base.yaml:2:7", "base.yaml:10:15"]


def test_a_mistake_in_the_base_that_the_spec_replaces_is_none(folder: Path) -> None:
    (folder / "base.yaml").write_text(BASE.replace("epochs: 4", "epochs: four"))
    assert extended("training: {epochs: 4}")["training"]["epochs"] == 4


def test_a_base_may_be_a_part_of_a_spec(folder: Path) -> None:
    (folder / "base.yaml").write_text("training: {epochs: 3}\n")
    (folder / "a.yaml").write_text(f"extends: base.yaml\n{BASE.partition('training')[0]}")
    assert load_spec("a.yaml").training.epochs == 3


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("nowhere.yaml", "nowhere.yaml: there is no such file, and no shipped config"),
        ("two_con", "did you mean 'two_conv'?"),
        ("3", "expected a YAML file or the name of a shipped config, received 3 (an integer)"),
        ("''", "expected a YAML file or the name of a shipped config, received '' (a string)"),
        ("[base.yaml]", "expected a YAML file or the name of a shipped config, received ['base"),
        (".", "a folder; expected a YAML file"),
        ("a.yaml", "a spec cannot extend itself: a.yaml -> a.yaml"),
        ("./../cycle/a.yaml", "a spec cannot extend itself: a.yaml -> ../cycle/a.yaml"),
        ("large.yaml", "large.yaml: larger than 256 KiB"),
        ("pipe", "not a regular file"),
    ],
)
def test_a_base_that_cannot_be_is_refused_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    folder = tmp_path / "cycle"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("large.yaml").write_text("#" * (MAX_BYTES + 1))
    os.mkfifo("pipe")
    Path("a.yaml").write_text(f"name: a\nextends: {value}\n")
    with pytest.raises(SpecError) as raised:
        load_spec("a.yaml")
    (problem,) = raised.value.problems
    assert str(problem.mark) == "a.yaml:2:10"
    assert problem.path == "extends"
    assert words in problem.message


def test_a_longer_cycle_is_refused_with_its_chain(folder: Path) -> None:
    (folder / "a.yaml").write_text("extends: b.yaml\n")
    (folder / "b.yaml").write_text("extends: c.yaml\n")
    (folder / "c.yaml").write_text("extends: a.yaml\n")
    with pytest.raises(SpecError) as raised:
        load_spec("a.yaml")
    assert str(raised.value).splitlines()[0] == (
        "c.yaml:1:10: extends: a spec cannot extend itself: a.yaml -> b.yaml -> c.yaml -> a.yaml"
    )


def test_a_chain_has_at_most_so_many_bases(folder: Path) -> None:
    for number in range(1, MAX_BASES + 1):
        base = "basic" if number == MAX_BASES else f"{number + 1}.yaml"
        (folder / f"{number}.yaml").write_text(f"extends: {base}\nseed: {number}\n")
    assert load_spec("1.yaml").seed == 1
    (folder / "0.yaml").write_text("extends: 1.yaml\n")
    chain = " -> ".join([*(f"{number}.yaml" for number in range(MAX_BASES + 1)), "basic"])
    with pytest.raises(SpecError) as raised:
        load_spec("0.yaml")
    assert raised.value.problems[0].message == f"more than 8 specs extend each other: {chain}"


@pytest.mark.parametrize("content", ["", "# nothing\n", "- a\n", "word\n"])
def test_a_base_must_hold_keys(folder: Path, content: str) -> None:
    (folder / "base.yaml").write_text(content)
    with pytest.raises(UserError, match=r"^base\.yaml.*: expected keys of a spec, received"):
        extended("name: a")


def test_large_files_are_merged_in_no_time(folder: Path) -> None:
    lines = "".join(f"k{number}: {{a: 1}}\n" for number in range(14_000))
    (folder / "base.yaml").write_text(lines)
    (folder / "a.yaml").write_text(f"extends: base.yaml\n{lines.replace('{a: 1}', '2')}")
    document = load_document("a.yaml")
    assert document.data["k13999"] == 2
    assert ("k13999", "a") not in document.values


@pytest.mark.parametrize("name", shipped_configs())
@pytest.mark.usefixtures("folder")
def test_a_shipped_config_under_an_empty_spec_is_itself(name: str) -> None:
    Path("a.yaml").write_text(f"extends: {name}\n")
    assert load_spec("a.yaml") == load_spec(name)
