"""`cifarcnn evaluate` on a run: what it prints is what scikit-learn says of its predictions."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from matplotlib.image import imread
from sklearn import metrics

from cifarcnn.cli import command_line
from cifarcnn.metrics.intervals import wilson_interval
from tests.support.command import invoke
from tests.support.specs import TINY

# Keras' own, when it converts arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NUMBER = r"\d\.\d{4}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of the tiny spec, and a copy of its checkpoint under another name."""
    folder = tmp_path_factory.mktemp("evaluate")
    (folder / "tiny.yaml").write_text(TINY)
    words = ["train", str(folder / "tiny.yaml"), "-q", "--epochs", "2"]
    result = invoke([*words, "--output", str(folder / "run")])
    assert result.exit_code == 0, result.output
    low, high = wilson_interval(*correct_of(folder))
    assert f"(95 % interval {low:.4f} to {high:.4f})" in result.stdout
    shutil.copy(folder / "run" / "checkpoint.h5", folder / "[red]$x^.h5")
    return folder


def predictions(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(folder / "run" / "predictions.npz") as file:
        return file["logits"], file["labels"]


def correct_of(folder: Path) -> tuple[int, int]:
    logits, labels = predictions(folder)
    return int((logits.argmax(axis=1) == labels).sum()), len(labels)


def evaluate(folder: Path, *words: str | Path) -> Result:
    """Evaluate in a terminal of 80 columns, in the folder."""
    runner = CliRunner(env={"COLUMNS": "80"})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return runner.invoke(command_line, ["evaluate", *map(str, words)])


@pytest.fixture(scope="module")
def scores(folder: Path) -> dict[str, Any]:
    words = ["run/checkpoint.h5", "--json", "--mistakes", "5", "--tta", "mirror"]
    result = evaluate(folder, *words, "--plot", "run/figures.png")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert isinstance(data, dict)
    return data


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    """Two checkpoints at once."""
    words = ["run/checkpoint.h5", "[red]$x^.h5", "--tta", "mirror", "--mistakes", "12"]
    result = evaluate(folder, *words, "--plot", "pictures/of both")
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_figures_are_scikit_learns(folder: Path, scores: dict[str, Any]) -> None:
    logits, labels = predictions(folder)
    predicted = logits.argmax(axis=1)
    shares = np.exp(logits.astype(np.float64))
    shares /= shares.sum(axis=1, keepdims=True)
    assert scores["test_accuracy"] == metrics.accuracy_score(labels, predicted)
    assert scores["test_accuracy_interval"] == list(wilson_interval(*correct_of(folder)))
    assert scores["test_loss"] == pytest.approx(metrics.log_loss(labels, shares), rel=1e-9)
    assert scores["test_top2_accuracy"] == metrics.top_k_accuracy_score(labels, logits, k=2)
    assert scores["confusion_matrix"] == metrics.confusion_matrix(labels, predicted).tolist()
    report = metrics.classification_report(labels, predicted, output_dict=True, zero_division=0)
    for label, row in enumerate(scores["classes"].values()):
        wanted = report[str(label)]
        assert (row["precision"], row["recall"], row["f1"], row["images"]) == pytest.approx(
            (wanted["precision"], wanted["recall"], wanted["f1-score"], wanted["support"])
        )
        assert row["accuracy"] == row["recall"] == row["correct"] / row["images"]
    bins = scores["calibration"]["bins"]
    assert sum(row["images"] for row in bins) == len(labels)
    assert scores["calibration"]["confidence"] == pytest.approx(shares.max(axis=1).mean())
    assert scores["without"] == {}


def test_the_mistakes_are_mistakes(folder: Path, scores: dict[str, Any]) -> None:
    logits, labels = predictions(folder)
    names = list(scores["classes"])
    for row in scores["mistakes"]:
        assert row["true"] == names[labels[row["image"]]] != row["predicted"]
        assert row["predicted"] == names[logits[row["image"]].argmax()]
    sure = [row["confidence"] for row in scores["mistakes"]]
    assert len(sure) == 5 and sure == sorted(sure, reverse=True)


def test_pictures_lie_where_they_were_asked_for(folder: Path, scores: dict[str, Any]) -> None:
    for name in ("figures.png", "figures-mistakes.png"):
        picture = imread(folder / "run" / name)
        assert picture.shape[0] > 200 and picture.std() > 0.05
    assert not (folder / "run-test-mistakes.png").exists()


def test_several_checkpoints_have_a_row_each_and_all_details(
    folder: Path, scores: dict[str, Any], text: str
) -> None:
    head, first, second = re.split(r"^(?:run/checkpoint|\[red\]\$x\^)\.h5\n", text, flags=re.M)
    accuracy = f"{scores['test_accuracy']:.4f}"
    rows = [line for line in head.splitlines() if accuracy in line]
    assert [row.split()[0] for row in rows] == ["run", "[red]$x^"]
    assert first.partition("picture")[0] == second.partition("picture")[0]
    assert [line.split(maxsplit=1)[1] for line in text.splitlines()[-4:]] == [
        "pictures/of both/run-test.png",
        "pictures/of both/run-test-mistakes.png",
        "pictures/of both/[red]$x^-test.png",
        "pictures/of both/[red]$x^-test-mistakes.png",
    ]
    assert len(list((folder / "pictures/of both").iterdir())) == 4


def test_the_text_has_the_figures_and_fits_80_columns(scores: dict[str, Any], text: str) -> None:
    assert max(map(len, text.splitlines())) <= 80
    low, high = scores["test_accuracy_interval"]
    assert (
        f"test accuracy            {scores['test_accuracy']:.4f}   {low:.4f} to {high:.4f}" in text
    )
    assert re.search(
        rf"^with mirror +{NUMBER}   {NUMBER} to {NUMBER}   \(2 views, loss ", text, re.M
    )
    augmented = scores["augmented"]
    assert augmented["accuracy_interval"][0] < augmented["accuracy"]
    assert re.search(rf"^calibration error +{NUMBER}   \(expected, 15 bins; mean", text, re.M)
    for name, counts in zip(scores["classes"], scores["confusion_matrix"], strict=True):
        line = next(line for line in text.splitlines() if re.match(rf"{name}( +\d+){{10}}", line))
        assert [int(word) for word in line.split()[1:]] == counts


def test_several_checkpoints_are_a_list_in_json(folder: Path, scores: dict[str, Any]) -> None:
    result = evaluate(folder, "run/checkpoint.h5", "run/checkpoint.h5", "--json")
    first, second = json.loads(result.stdout)
    assert first == second == scores | {"augmented": None, "mistakes": []}


@pytest.mark.parametrize(("split", "images"), [("train", 450), ("validation", 150)])
def test_every_split_has_all_figures(folder: Path, split: str, images: int) -> None:
    result = evaluate(folder, "run/checkpoint.h5", "--split", split, "--json")
    scores = json.loads(result.stdout)
    assert scores[f"{split}_images"] == np.sum(scores["confusion_matrix"]) == images
    low, high = scores[f"{split}_accuracy_interval"]
    assert low < scores[f"{split}_accuracy"] < high


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--plot", "figures.jpg"], "--plot figures.jpg: expected a file that ends in .png, or a"),
        (["--plot", "absent/figures.png"], "there is no folder absent"),
        (["--plot", "tiny.yaml/pictures"], "tiny.yaml is not a folder"),
        (["run/checkpoint.h5", "--plot", "figures.png"], "one file cannot hold the pictures of 2"),
        (["--mistakes", "0"], "0 is not in the range"),
        (["absent.h5"], "absent.h5 does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_scored(
    folder: Path, words: list[str], reason: str
) -> None:
    result = evaluate(folder, "run/checkpoint.h5", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert reason in result.stderr


def test_a_picture_that_cannot_be_written_costs_no_figures(folder: Path) -> None:
    (folder / "x-mistakes.png").mkdir()
    words = ["run/checkpoint.h5", "--split", "validation", "--mistakes", "1", "--plot", "x.png"]
    result = evaluate(folder, *words)
    assert result.exit_code == 1
    assert "validation accuracy" in result.stdout and "recall" in result.stdout
    assert "error: cannot write x-mistakes.png: " in result.stderr
