"""The shipped configs, and what the word SPEC means."""

import os
from pathlib import Path

import pytest

from cifarcnn.errors import UserError
from cifarcnn.language.load import load_spec
from cifarcnn.language.reading.shipped import find_spec, shipped_configs

NAMES = [
    "airbench94",
    "basic",
    "dash",
    "deeper_3x3",
    "deeper_3x3_dense",
    "deeper_3x3_plateau",
    "deeper_5x5",
    "quickstart",
    "resnet20",
    "sprint",
    "sprint_bfloat16",
    "two_conv",
    "two_conv_early_stopping",
    "vgg",
]
OURS = ("airbench94", "dash", "quickstart", "resnet20", "sprint", "sprint_bfloat16", "vgg")
"""Those that are not the notebook's."""


def test_the_seven_experiments_and_ours_are_shipped() -> None:
    assert list(shipped_configs()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_config_bears_the_name_of_its_file(name: str) -> None:
    path = shipped_configs()[name]
    assert load_spec(name).name == load_spec(path).name == path.stem == name


def test_each_config_has_a_description_of_its_own() -> None:
    descriptions = [load_spec(name).description for name in NAMES]
    assert all(descriptions)
    assert len(set(descriptions)) == len(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OURS])
def test_an_experiment_trains_as_the_notebook_does(name: str) -> None:
    spec = load_spec(name)
    assert (spec.data.dataset, spec.data.validation, spec.data.pixels) == (
        "cifar10",
        "test",
        "unit",
    )
    assert (spec.training.epochs, spec.training.batch_size) == (40, 32)
    assert spec.training.optimizer.arguments()["learning_rate"] == 0.001


def test_the_quickstart_needs_no_download() -> None:
    assert load_spec("quickstart").data.dataset == "demo"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_path_comes_before_a_shipped_name(folder: Path) -> None:
    assert find_spec("basic") == shipped_configs()["basic"]
    (folder / "basic").write_text("name: mine\nmodel: {layers: [flatten, dense: {units: 10}]}\n")
    assert find_spec("basic") == Path("basic")
    assert load_spec("basic").name == "mine"


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("basik", "'basic'"),
        ("Basic", "'basic'"),
        ("deeper_3x4", "'deeper_3x3'"),
        ("configs/two_conv.yml", "'two_conv'"),
        ("two_conv.yaml", "'two_conv'"),
        ("quick-start", "'quickstart'"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_an_unknown_name_is_answered_with_a_near_one_and_all_others(word: str, near: str) -> None:
    with pytest.raises(UserError) as raised:
        load_spec(word)
    assert raised.value.message == (
        f"{word}: there is no such file, and no shipped config of that name; did you mean {near}?"
    )
    assert raised.value.hint == f"shipped: {', '.join(NAMES[:-1])} and {NAMES[-1]}"


@pytest.mark.usefixtures("folder")
def test_a_word_that_resembles_nothing_is_answered_without_a_guess() -> None:
    with pytest.raises(UserError) as raised:
        load_spec("zzz")
    assert raised.value.message.endswith("no shipped config of that name")


@pytest.mark.parametrize("word", ["x" * 5000, "x/" * 3000 + "y"])
def test_a_word_too_long_for_a_path_is_refused(word: str) -> None:
    with pytest.raises(UserError, match=r"^x.*: cannot be read: File name too long$"):
        load_spec(word)


def test_a_place_that_may_not_be_entered_is_refused(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0)
    if os.access(closed, os.X_OK):
        pytest.skip("this user may enter everything")
    with pytest.raises(UserError, match="Permission denied"):
        load_spec(closed / "a.yaml")


@pytest.mark.parametrize(
    ("word", "message"),
    [("", "'': there is no such file"), (".", r"\.: a folder; expected a YAML file")],
)
def test_a_folder_is_no_spec(folder: Path, word: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_spec(word)
