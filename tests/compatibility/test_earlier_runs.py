"""Runs and checkpoints that an earlier commit made: they are used as that commit used them.

The fixtures, and the numbers in their folder `expected`, are described in
`tests/fixtures/c001379/README.md`. All tests use the command line alone.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures" / "c001379"
EXPECTED = FIXTURES / "expected"

RESULTS = ("epochs", "stopped", "events", "weights_of_epoch")
"""Keys of a summary that rounding does not change; the numbers of `NUMBERS` it does."""
NUMBERS = ("test_loss", "test_accuracy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the fixtures, which may be written to."""
    copy = tmp_path / "earlier"
    shutil.copytree(FIXTURES, copy)
    return copy


def cifarcnn(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the program in a fresh process, in `folder`; it must succeed."""
    result = subprocess.run(
        [sys.executable, "-m", "cifarcnn", *words],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, f"cifarcnn {' '.join(words)}\n{result.stderr}"
    assert "Traceback" not in result.stderr
    return result


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def history_of(run: Path) -> list[str]:
    """The rows of a history without the seconds."""
    rows = (run / "history.csv").read_text().splitlines()
    return [row.rpartition(",")[0] for row in rows]


def values_of(rows: list[str]) -> list[float]:
    """All values of rows of a history."""
    return [float(value) for row in rows for value in row.split(",")]


def on_the_same_processor() -> bool:
    """Whether this processor is the kind that made the fixtures; others may round otherwise."""
    try:
        lines = Path("/proc/cpuinfo").read_text().partition("\n\n")[0].splitlines()
    except OSError:
        return False
    recorded = (EXPECTED / "processor.txt").read_text().splitlines()
    return bool(recorded) and set(recorded) <= set(lines)


def has_the_same_arithmetic(stderr: str) -> bool:
    """Whether a resumed run must have the same bits: the program warns if versions differ."""
    return on_the_same_processor() and "begun with" not in stderr


def assert_holds(received: Any, wanted: Any, tolerance: float, place: str = "") -> None:
    """Check that JSON has all that is wanted, with numbers up to a relative tolerance."""
    if isinstance(wanted, dict):
        for key in wanted:
            assert key in received, f"{place}.{key} is missing"
            assert_holds(received[key], wanted[key], tolerance, f"{place}.{key}")
    elif isinstance(wanted, list):
        assert len(received) == len(wanted), place
        for index, value in enumerate(wanted):
            assert_holds(received[index], value, tolerance, f"{place}[{index}]")
    elif isinstance(wanted, float):
        assert received == pytest.approx(wanted, rel=tolerance, abs=1e-12), place
    else:
        assert received == wanted, place


def assert_ends_like(run: Path, unbroken: Path, stderr: str, kept: int, tolerance: float) -> None:
    """Check a run of which `kept` epochs are earlier ones against the run that nothing broke.

    Every digit must agree where the arithmetic is the same. Elsewhere rounding differs, and the
    difference grows from epoch to epoch: the first two that were trained here are compared.
    """
    received, wanted = history_of(run), history_of(unbroken)
    summary, recorded = read_json(run / "summary.json"), read_json(unbroken / "summary.json")
    assert len(received) == len(wanted) and received[: kept + 1] == wanted[: kept + 1]
    assert {key: summary[key] for key in RESULTS} == {key: recorded[key] for key in RESULTS}
    if has_the_same_arithmetic(stderr):
        assert received == wanted
        for key in ("digest", *NUMBERS):
            assert summary[key] == recorded[key]
    first = slice(kept + 1, kept + 3)
    assert values_of(received[first]) == pytest.approx(values_of(wanted[first]), abs=tolerance)


# Resuming


@pytest.mark.parametrize(
    ("name", "package", "kept", "tolerance"),
    [
        ("interrupted", "tensorflow", 4, 0.01),
        ("callbacks", "tensorboard", 24, 0.01),
        pytest.param("jax", "jax", 4, 0.01, marks=pytest.mark.slow),
        pytest.param("mixed", "tensorflow", 4, 0.03, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_run_ends_like_an_unbroken_one(
    folder: Path, name: str, package: str, kept: int, tolerance: float
) -> None:
    pytest.importorskip(package)
    unbroken = FIXTURES / "finished" if name == "interrupted" else EXPECTED / name
    result = cifarcnn(folder, "resume", name, "--quiet")
    assert_ends_like(folder / name, unbroken, result.stderr, kept, tolerance)
    if name == "callbacks":
        received, wanted = (run / name / "log.csv" for run in (folder, EXPECTED))
        epochs = [line.partition(",")[0] for line in received.read_text().splitlines()]
        assert epochs == [line.partition(",")[0] for line in wanted.read_text().splitlines()]
        if has_the_same_arithmetic(result.stderr):
            assert received.read_bytes() == wanted.read_bytes()
        # Epochs 25 and 26 are worse than 23, whose loss and weights only the state remembers.
        best, before = folder / name / "best.h5", FIXTURES / name / "best.h5"
        assert best.read_bytes() == before.read_bytes()
        events = list((folder / name / "tensorboard").rglob("events.out.tfevents.*"))
        assert len(events) > len(list((FIXTURES / name).rglob("events.out.tfevents.*")))


@pytest.mark.slow
def test_epochs_of_an_interrupted_run_may_grow(folder: Path) -> None:
    result = cifarcnn(folder, "resume", "interrupted", "--epochs", "13", "--quiet")
    received, wanted = history_of(folder / "interrupted"), history_of(FIXTURES / "finished")
    assert len(received) == 1 + 13
    if has_the_same_arithmetic(result.stderr):
        assert received[:-1] == wanted
    values = values_of(received[1:7])
    assert values == pytest.approx(values_of(wanted[1:7]), abs=0.01)


def test_a_finished_run_gives_its_result_again(folder: Path) -> None:
    result = cifarcnn(folder, "resume", "finished", "--json")
    assert "nothing is left to do" in result.stderr
    assert_holds(json.loads(result.stdout), read_json(FIXTURES / "finished/summary.json"), 0.0)
    assert history_of(folder / "finished") == history_of(FIXTURES / "finished")


def test_a_repeat_goes_on_with_the_seed_that_is_not_finished(folder: Path) -> None:
    run, recorded = folder / "repeat/seed-5", FIXTURES / "repeat/seed-5"
    for name in ("summary.json", "checkpoint.h5", "predictions.npz", "state/epoch-000004.npz"):
        (run / name).unlink()
    words = ["repeat", "repeat/spec.yaml", "--seeds", "4,5", "--output", "repeat", "--json"]
    result = cifarcnn(folder, *words)
    assert_ends_like(run, recorded, result.stderr, kept=3, tolerance=0.01)
    for path in (FIXTURES / "repeat/seed-4").rglob("*"):
        same = folder / path.relative_to(FIXTURES)
        assert path.is_dir() or same.read_bytes() == path.read_bytes(), "seed 4 was finished"
    summary = read_json(FIXTURES / "repeat/repeat.json")
    received = json.loads(result.stdout)
    assert [seed["status"] for seed in received["seeds"]] == ["finished", "finished"]
    assert received["seeds"][0] == summary["seeds"][0]
    for key in NUMBERS:
        assert received[key]["count"] == 2
        assert received[key]["mean"] == pytest.approx(summary[key]["mean"], abs=0.01)


# Checkpoints


def test_checkpoints_have_the_scores_they_had(folder: Path) -> None:
    wanted = read_json(EXPECTED / "evaluate.json")
    paths = [score["checkpoint"] for score in wanted]
    assert len(paths) == 4
    result = cifarcnn(folder, "evaluate", *paths, "--tta", "mirror", "--json", "--quiet")
    received = json.loads(result.stdout)
    if on_the_same_processor():
        assert_holds(received, wanted, 1e-4)
    for one, other in zip(received, wanted, strict=True):
        assert one["checkpoint"] == other["checkpoint"]
        assert one["test_loss"] == pytest.approx(other["test_loss"], rel=1e-4)
        assert one["test_accuracy"] == pytest.approx(other["test_accuracy"], abs=0.002)
        assert one["augmented"]["loss"] == pytest.approx(other["augmented"]["loss"], rel=1e-4)
    summary = read_json(FIXTURES / "finished/summary.json")
    assert received[0]["test_loss"] == pytest.approx(summary["test_loss"], rel=1e-4)


@pytest.mark.parametrize(
    "checkpoint",
    [
        "exported/plain.h5",
        pytest.param("exported/plain.keras", marks=pytest.mark.slow),
        pytest.param("finished/checkpoint.h5", marks=pytest.mark.slow),
    ],
)
def test_images_have_the_probabilities_they_had(folder: Path, checkpoint: str) -> None:
    pytest.importorskip("PIL")
    result = cifarcnn(folder, "predict", checkpoint, "images", "--top", "10", "--json")
    exported = checkpoint.startswith("exported/")
    wanted = read_json(EXPECTED / ("predict-exported.json" if exported else "predict.json"))
    assert_holds(json.loads(result.stdout), wanted | {"checkpoint": checkpoint}, 1e-4)


@pytest.mark.parametrize(
    "checkpoint",
    [
        "exported/plain.keras",
        pytest.param("exported/plain.h5", marks=pytest.mark.slow),
        pytest.param("finished/checkpoint.h5", marks=pytest.mark.slow),
    ],
)
def test_a_training_begins_with_the_weights(folder: Path, checkpoint: str) -> None:
    words = ["--init-from", checkpoint, "--epochs", "1", "--output", "new", "--quiet"]
    cifarcnn(folder, "train", "finished/spec.yaml", *words)
    received, wanted = history_of(folder / "new"), history_of(EXPECTED / "init_from")
    new, old = (read_json(run / "record.json") for run in (folder / "new", FIXTURES / "finished"))
    same = new["versions"] == old["versions"] and new["switches"] == old["switches"]
    if on_the_same_processor() and same:
        assert received == wanted
    assert values_of(received[1:]) == pytest.approx(values_of(wanted[1:]), abs=0.01)
    random = values_of(history_of(FIXTURES / "finished")[1:2])
    assert values_of(received[1:]) != pytest.approx(random, abs=0.01), "it began at random"
    summary = read_json(folder / "new/summary.json")
    recorded = read_json(EXPECTED / "init_from/summary.json")
    for key in NUMBERS:
        assert summary[key] == pytest.approx(recorded[key], abs=0.01)


@pytest.mark.slow
def test_a_checkpoint_is_exported(folder: Path) -> None:
    words = ["--format", "h5", "--output", "again.h5", "--json"]
    result = json.loads(cifarcnn(folder, "export", "callbacks/best.h5", *words).stdout)
    assert (result["test_images"], result["dataset"]) == (2000, "demo")
    assert result["same_class"] == 2000
    assert (folder / "again.h5").stat().st_size == result["bytes"]


# Comparing and reporting


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (("finished", "repeat/seed-4"), "compare.json"),
        (("finished", "repeat"), "compare-repeat.json"),
    ],
)
def test_runs_compare_as_they_did(folder: Path, runs: tuple[str, ...], expected: str) -> None:
    result = cifarcnn(folder, "compare", *runs, "--json")
    assert_holds(json.loads(result.stdout), read_json(EXPECTED / expected), 1e-9)


def test_a_finished_run_has_a_report(folder: Path) -> None:
    cifarcnn(folder, "report", "finished")
    page = (folder / "finished/report.html").read_text()
    summary = read_json(FIXTURES / "finished/summary.json")
    assert "0.2180" in page and "0.2005 to 0.2366" in page and "2.3792" in page
    assert summary["digest"][:16] in page
    assert_has_rows(page, FIXTURES / "finished")
    assert page.count("<img") == 24, "a picture of each mistake"
    assert "unfinished" not in page


@pytest.mark.parametrize("run", ["interrupted", "callbacks"])
def test_an_interrupted_run_has_a_report(folder: Path, run: str) -> None:
    cifarcnn(folder, "report", run)
    page = (folder / run / "report.html").read_text()
    assert "this run is unfinished" in page and f"cifarcnn resume {run}" in page
    assert_has_rows(page, FIXTURES / run)


def assert_has_rows(page: str, run: Path) -> None:
    """Check that a page shows the losses and accuracies of a run's history."""
    rows = history_of(run)[1:]
    assert rows
    for row in rows:
        for value in row.split(",")[1:5]:
            assert f">{float(value):.4f}<" in page, row


def test_a_repeat_has_a_report(folder: Path) -> None:
    cifarcnn(folder, "report", "repeat")
    page = (folder / "repeat/report.html").read_text()
    for text in ("mean of 2 seeds", "0.1222", "0.0492 to 0.1953", "2.4117", "0.1165", "0.1280"):
        assert text in page, text
