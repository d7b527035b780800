"""`cifarcnn compare`, on run directories that are made without a framework."""

import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from scipy import stats

from cifarcnn.files.npz import read_array
from cifarcnn.language.load import load_resolved
from cifarcnn.runs.history import EpochRow
from cifarcnn.runs.repeat import RepeatDirectory, RepeatSummary, summarize, write_repeat
from tests.support.command import invoke
from tests.support.fake_runs import IMAGES, LABELS, first_correct, logits_with, write_run
from tests.support.hostile_arrays import DAMAGED, EVIL, HUGE, archive, npy
from tests.support.mutations import mutated
from tests.support.specs import TINY

WIDER = TINY.replace("filters: 4", "filters: 8").replace("epochs: 3", "epochs: 9")
REFERENCE = """\
config,cell,epoch,seconds,loss,accuracy,val_loss,val_accuracy
tiny,5,1,10,1.6,0.39,1.4,0.20
tiny,5,2,9,1.4,0.49,1.3,0.30
other,6,1,9,1.4,0.49,1.3,0.90
tiny,5,7,9,1.3,0.53,1.2,0.57
"""


def compare(*arguments: object, columns: int = 80) -> Result:
    result = invoke(["compare", *map(str, arguments)], env={"COLUMNS": str(columns)})
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    assert all(c.isprintable() or c == "\n" for c in result.output)
    return result


def compared(*arguments: object) -> Any:
    result = compare(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return write_run(tmp_path / "one")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """It recognizes images 10 to 139: 10 fewer at the start, 20 more at the end than `one`."""
    correct = first_correct(140) & ~first_correct(10)
    return write_run(tmp_path / "two", text=WIDER, seed=4, correct=correct, epochs=5)


def write_repeat_of(path: Path, counts: list[int], text: str = TINY) -> Path:
    """A repeat whose seeds recognize so many images."""
    for seed, count in enumerate(counts, 3):
        write_run(path / f"seed-{seed}", text=text, seed=seed, correct=first_correct(count))
    (path / "spec.yaml").write_bytes((path / "seed-3" / "spec.yaml").read_bytes())
    directory = RepeatDirectory(path)
    write_repeat(directory, summarize(directory, load_resolved(directory.spec)))
    return path


def test_two_runs_side_by_side(one: Path, two: Path) -> None:
    result = compare(one, two)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "1 0.6000 1.4000 3 3 4.5 1,000 0.500" in lines
    assert "2 0.6500 1.3500 5 5 4.5 1,000 0.500" in lines
    assert "2 - 1 +0.0500 -0.0500 +2 +2 +0.0 +0 +0.000" in lines
    assert "2 against 1: 1 alone is right on 10 images, 2 alone on 20" in lines
    p = stats.binomtest(10, 30).pvalue
    assert f"McNemar's test (exact binomial): p = {p:.2g}" in lines
    assert "training.epochs: 3 -> 9" in lines and "seed: 3 -> 4" in lines
    assert "- conv2d filters 4, kernel_size 5, strides 2, activation relu" in lines
    assert "+ conv2d filters 8, kernel_size 5, strides 2, activation relu" in lines
    assert max(map(len, result.stdout.splitlines())) <= 80 + len(str(one))


def test_the_same_as_one_json_object(one: Path, two: Path) -> None:
    data = compared(one, two)
    assert [side["test_accuracy"]["mean"] for side in data["sides"]] == [0.6, 0.65]
    (pair,) = data["pairs"]
    assert pair["differences"]["test_accuracy"] == pytest.approx(0.05)
    assert pair["test_name"] == "McNemar"
    assert (pair["test"]["only_first"], pair["test"]["only_second"]) == (10, 20)
    assert pair["test"]["p_value"] == pytest.approx(stats.binomtest(10, 30).pvalue, rel=1e-9)


def test_two_repeats_by_welch(tmp_path: Path) -> None:
    few, many = [100, 110, 104], [120, 131, 118, 125]
    one = write_repeat_of(tmp_path / "one", few)
    two = write_repeat_of(tmp_path / "two", many, WIDER)
    data = compared(one, two)
    first = data["sides"][0]
    assert (first["kind"], first["seeds"], first["unfinished_seeds"]) == ("repeat", [3, 4, 5], [])
    assert first["test_accuracy"]["mean"] == pytest.approx(np.mean(few) / IMAGES)
    assert first["test_accuracy"]["deviation"] == pytest.approx(np.std(few, ddof=1) / IMAGES)
    (pair,) = data["pairs"]
    expected = stats.ttest_ind(many, few, equal_var=False)
    assert pair["test"]["t"] == pytest.approx(expected.statistic, rel=1e-9)
    assert pair["test"]["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert "seed" not in pair["keys"]
    text = compare(one, two).stdout
    assert "mean of 3 seeds: 3, 4, 5" in text
    assert "Welch's t test of the mean accuracies (3 and 4 seeds)" in text
    assert f"t = {expected.statistic:.3f}, {expected.df:.1f} degrees of freedom" in text


def test_the_curve_of_a_repeat_is_the_mean_of_its_seeds(tmp_path: Path) -> None:
    """As far as all of them went: the mean of those that are left would jump."""
    folder = write_repeat_of(tmp_path / "a", [100, 110])
    write_run(folder / "seed-7", seed=7, epochs=2)
    curve = compared(folder, folder)["sides"][0]["curve"]
    assert curve["epochs"] == [1, 2]
    assert curve["val_accuracy"][1] == pytest.approx(
        np.mean([1 - 1 / (2 + seed / 10 + 0.5) for seed in (3, 4, 7)])
    )


def test_what_has_no_test_says_why(tmp_path: Path, one: Path, two: Path) -> None:
    repeat = write_repeat_of(tmp_path / "repeat", [100, 110])
    single = write_repeat_of(tmp_path / "single", [100])
    assert "no test, since a run and a repeat have no test" in compare(one, repeat).stdout
    assert "each repeat needs two finished seeds" in compare(single, repeat).stdout
    assert (
        "no test, since the accuracies do not vary"
        in (
            compare(
                write_repeat_of(tmp_path / "x", [9, 9]), write_repeat_of(tmp_path / "y", [8, 8])
            )
        ).stdout
    )
    (two / "predictions.npz").unlink()
    assert f"no test, since {two} has no predictions.npz" in compare(one, two).stdout


def test_runs_on_other_images_are_not_tested(tmp_path: Path, one: Path, two: Path) -> None:
    labels = np.roll(LABELS, 1)
    answers = np.where(first_correct(130), labels, (labels + 1) % 10)
    np.savez_compressed(
        two / "predictions.npz", logits=np.eye(10, dtype=np.float32)[answers], labels=labels
    )
    assert "no test, since they are scored on different images" in compare(one, two).stdout


def test_predictions_that_do_not_belong_to_the_summary_are_told(one: Path, two: Path) -> None:
    np.savez_compressed(
        two / "predictions.npz", logits=logits_with(first_correct(190)), labels=LABELS
    )
    result = compare(one, two)
    assert result.exit_code == 0
    assert f"warning: {two}: predictions.npz gives an accuracy of 0.9500" in result.stderr
    assert "no test, since its predictions are not those of its summary" in result.stdout


def test_a_repeat_names_the_seeds_that_are_not_in_the_mean(tmp_path: Path, one: Path) -> None:
    repeat = write_repeat_of(tmp_path / "repeat", [100, 110])
    (repeat / "seed-9").mkdir()
    assert "without unfinished or failed seeds: 9" in compare(one, repeat).stdout


def test_a_repeat_names_the_seeds_that_have_no_folder(tmp_path: Path, one: Path) -> None:
    """One that failed at once, and one that has not begun."""
    repeat = write_repeat_of(tmp_path / "repeat", [100, 110])
    directory = RepeatDirectory(repeat)
    spec = load_resolved(directory.spec)
    write_repeat(directory, summarize(directory, spec, [3, 4, 5, 6], {5: "out of memory"}))
    assert "without unfinished or failed seeds: 5, 6" in compare(one, repeat).stdout
    side = compared(one, repeat)["sides"][1]
    assert (side["seeds"], side["unfinished_seeds"]) == ([3, 4], [5, 6])
    directory.summary.write_text("{}")
    result = compare(one, repeat)
    assert result.exit_code == 2
    assert f"error: {directory.summary} is not the summary of a repeat: name: " in result.stderr


def test_a_test_set_that_steered_the_training_is_named(tmp_path: Path, one: Path) -> None:
    text = TINY.replace("validation: 0.25", "validation: test")
    steered = write_run(tmp_path / "steered", text=text)
    lines = compare(one, steered).stdout.splitlines()
    assert "optimistic" not in lines[1] and "optimistic" in lines[2]


def test_a_printed_curve_is_laid_beside_a_run(tmp_path: Path, two: Path) -> None:
    file = tmp_path / "printed.csv"
    file.write_text(REFERENCE)
    data = compared(two, "--reference", file)["reference"]
    ours = [1 - 1 / (n + 0.9) for n in (1, 2)]
    assert data["name"] == "tiny"
    assert data["sides"][0]["rows"] == [[1, 0.2, ours[0]], [2, 0.3, ours[1]]]
    assert data["sides"][0]["last_means"] == pytest.approx([0.25, np.mean(ours)])
    text = " ".join(compare(two, "--reference", file).stdout.split())
    assert f"1 0.2000 {ours[0]:.4f} {ours[0] - 0.2:+.4f}" in text
    assert f"mean 1-2 0.2500 {np.mean(ours):.4f}" in text
    other = compared(two, "--reference", file, "--reference-config", "other")["reference"]
    assert other["sides"][0]["rows"] == [[1, 0.9, ours[0]]]


def test_a_history_is_a_reference_too(one: Path, two: Path) -> None:
    data = compared(one, "--reference", two / "history.csv")["reference"]
    assert data["name"] == "history" and len(data["sides"][0]["rows"]) == 3


HEADING, ROW = REFERENCE.splitlines()[:2]


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        (REFERENCE.replace("tiny", "basic"), [], "has no curve of tiny; it has basic and other"),
        (REFERENCE, ["--reference-config", "othr"], "has no curve 'othr'; did you mean 'other'?"),
        ("", [], "it has no column epoch, loss, accuracy, val_loss and val_accuracy"),
        (HEADING, [], "holds no epoch"),
        ("epoch,loss\n1,2\n", [], "it has no column accuracy, val_loss and val_accuracy"),
        (f"{HEADING}\n{ROW}\n{ROW}\n", [], ":3: epoch: expected whole numbers from 1 upwards"),
        (f"{HEADING}\n{ROW.replace('0.20', 'nan')}\n", [], ":2: val_accuracy: expected a number"),
        (f"{HEADING}\n{ROW.replace('5,1,', '5,1e99,')}\n", [], ":2: epoch: expected whole"),
        (f"{HEADING}\n{ROW.replace('0.20', EVIL)}\n", [], r"received '\x1b]0;owned"),
        (f"{HEADING}\ntiny,1\n", [], ":2: expected 8 values"),
        (f'{HEADING}\n"tiny', [], "is not a CSV file"),
        ("\ud800", [], "is not a CSV file"),
    ],
)  # fmt: skip
def test_references_that_are_none(
    tmp_path: Path, one: Path, content: str, options: list[str], reason: str
) -> None:
    file = tmp_path / "printed.csv"
    file.write_bytes(content.encode(errors="surrogatepass"))
    result = compare(one, "--reference", file, *options)
    assert result.exit_code == 2 and reason in result.stderr, result.stderr


def test_the_curves_are_drawn(tmp_path: Path, one: Path, two: Path) -> None:
    repeat = write_repeat_of(tmp_path / "$\\frac_$", [100, 110])
    file = tmp_path / "curves.png"
    result = compare(one, two, repeat, "--reference", two / "history.csv", "--plot", file)
    assert result.exit_code == 0 and f"curves in {file}" in result.stdout
    assert file.read_bytes().startswith(b"\x89PNG")
    result = compare(one, two, "--plot", tmp_path / "no" / "curves.png")
    assert result.exit_code == 1 and "No such file" in result.stderr


def test_curves_over_seconds_end_where_the_training_did(tmp_path: Path, one: Path) -> None:
    longer = write_run(tmp_path / "longer", epochs=8)  # of 1.5 seconds each
    file = tmp_path / "curves.png"
    result = compare(one, longer, "--over", "seconds", "--plot", file)
    assert result.exit_code == 0, result.stderr
    assert file.read_bytes().startswith(b"\x89PNG")
    heading, plot = result.stdout.split("validation accuracy by ")[1].split("\n", 1)
    assert heading.startswith("seconds of training")
    ends = next(line for line in plot.splitlines() if line.split() == ["2", "12"])
    assert ends, "the first epoch ends after 1.5 seconds, the last after 12"

    untimed = tmp_path / "untimed.csv"
    untimed.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,1,0.5,1,0.5\n")
    result = compare(one, "--reference", untimed, "--over", "seconds")
    assert result.exit_code == 2
    assert "untimed does not say how long its epochs took" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["one"], "expected two or more runs to compare, or one with --reference"),
        (["one", "nothing"], "is not a folder"),
        (["one", "."], "is neither a run directory nor the folder of a repeat"),
        (["one"] * 10, "expected at most 9 runs at once, received 10"),
        (["one", "one", "--plot", "x.txt"], "expected a name that ends in .png, .pdf or .svg"),
        (["one", "one", "--reference-config", "x"], "expected --reference FILE.csv with it"),
        (["one", "one", "--reference", "nothing.csv"], "cannot read nothing.csv"),
        (["one", "unfinished"], "go on with: cifarcnn resume unfinished"),
        (["one", "empty"], "is a repeat of which no seed is finished"),
    ],
)
def test_what_cannot_be_compared(
    tmp_path: Path, one: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("unfinished/state").mkdir(parents=True)
    Path("empty").mkdir()
    nothing = RepeatSummary("tiny", "demo", 0.25, [], None, None, None)
    write_repeat(RepeatDirectory(Path("empty")), nothing)
    result = compare(*arguments)
    assert result.exit_code == 2 and reason in result.stderr, result.stderr


PREDICTIONS = ["logits.npy", "labels.npy"]
FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "other classes": ({"logits": np.zeros((IMAGES, 9), "f4")}, "not of shape (images, 10)"),
    "whole numbers": ({"logits": np.zeros((IMAGES, 10), "i4")}, "not of shape (images, 10)"),
    "no number": ({"logits": np.full((IMAGES, 10), np.nan, "f4")}, "not finite"),
    "too few labels": ({"labels": LABELS[1:]}, "one whole number for each image"),
    "labels that are no class": ({"labels": LABELS + 1}, "not from 0 to 9"),
    "negative labels": ({"labels": LABELS.astype("i8") - 1}, "not from 0 to 9"),
    "no image": ({"labels": LABELS[:0], "logits": np.zeros((0, 10), "f4")}, "not from 0 to 9"),
    "objects": ({"labels": np.array([{}] * IMAGES)}, "holds no numbers"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_predictions_are_refused(one: Path, two: Path, name: str) -> None:
    arrays, reason = FORGED[name]
    whole = {"logits": logits_with(first_correct(130)), "labels": LABELS}
    np.savez_compressed(two / "predictions.npz", **(whole | arrays))
    result = compare(one, two)
    assert result.exit_code == 2 and reason in result.stderr, result.stderr


BOMB = archive({name: npy(HUGE, bytes(80_000_000)) for name in PREDICTIONS[:1]}, 8)


@pytest.mark.parametrize("name", [*DAMAGED, "a bomb that is an array"])
def test_files_that_are_no_predictions_are_refused(one: Path, two: Path, name: str) -> None:
    content = DAMAGED.get(name, BOMB).replace(b"meta.npy", b"logits.npy"[:8])
    (two / "predictions.npz").write_bytes(content)
    result = compare(one, two)
    assert result.exit_code == 2
    assert "does not hold the predictions of a run" in result.stderr


def test_deflated_arrays_are_bounded_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    path.write_bytes(BOMB)
    with pytest.raises(ValueError, match="takes 80,000,"):
        read_array(path, "logits", 64 * 1024**2, compressed=True)
    with pytest.raises(ValueError, match="compressed"):
        read_array(path, "logits", 10**9)


@pytest.mark.parametrize(
    "place", ["summary.json", "history.csv", "predictions.npz", "spec.yaml", "else"]
)
def test_a_link_that_leads_out_of_a_run_is_refused(one: Path, two: Path, place: str) -> None:
    outside = two.parent / "outside"
    if (two / place).exists():
        (two / place).rename(outside)
    (two / place).symlink_to(outside)
    result = compare(one, two)
    assert result.exit_code == 2 and "is a link that leads out of the run" in result.stderr


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"test_accuracy": 7.0}, "test_accuracy: expected 0 to 1"),
        ({"test_accuracy": -0.1}, "test_accuracy: expected 0 to 1"),
        ({"test_images": 0}, "test_images: expected at least 1"),
        ({"test_images": -3}, "test_images: expected at least 1"),
        ({"test_images": 2**53 + 3}, "test_images: expected at most 1,000,000,000"),
        ({"test_images": 10**400}, "test_images: expected at most 1,000,000,000"),
        ({"parameters": 10**400}, "parameters is too large"),
        ({"test_loss": 1e308}, "test_loss is too large"),
        ({"best_epoch": asdict(EpochRow(10**400, *[1.0] * 6))}, "epoch is too large"),
    ],
)
def test_numbers_that_no_run_gives_are_refused(
    one: Path, two: Path, values: dict[str, Any], reason: str
) -> None:
    data = json.loads((two / "summary.json").read_text())
    (two / "summary.json").write_text(json.dumps(data | values))
    result = compare(one, two)
    assert result.exit_code == 2 and reason in result.stderr, result.stderr
    (two / "history.csv").write_text(f"{HEADING}\n{ROW.replace('0.20', '1e308')}\n")
    result = compare(one, "--reference", two / "history.csv")
    assert result.exit_code == 2 and "expected a number, received '1e308'" in result.stderr


@pytest.mark.parametrize("count", [40, pytest.param(2_000, marks=pytest.mark.slow)])
def test_mutations_of_runs(one: Path, two: Path, count: int) -> None:
    """A damaged run is refused in words, or compared; `compare` above sees to the rest."""
    dice = random.Random(5)
    codes = set()
    for number in range(count):
        path = two / ("summary.json", "history.csv", "predictions.npz", "spec.yaml")[number % 4]
        whole = path.read_bytes()
        path.write_bytes(mutated(whole, dice))
        codes.add(compare(one, two).exit_code)
        path.write_bytes(whole)
    assert codes == {0, 2}


def test_text_of_a_run_is_printed_escaped(tmp_path: Path, one: Path) -> None:
    """`compare` above sees to it that nothing else is printed."""
    evil = write_run(tmp_path / f"run{EVIL}", seed=4)
    data = json.loads((evil / "summary.json").read_text())
    (evil / "summary.json").write_text(json.dumps(data | {"dataset": EVIL}))
    result = compare(one, evil)
    assert result.exit_code == 0 and r"run\x1b]0;owned\x07" in result.stdout
    assert r"(\x1b]0;owned\x07\x1b[2J\x9b1m\u202e, not CIFAR-10" in result.stdout
    (evil / "history.csv").write_text(f"{EVIL},epoch\n")
    assert compare(one, evil).exit_code == 2
