"""docs/reproduction.md: its tables are those of the results that are kept, and those are whole."""

import csv
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from cifarcnn.language.differences import differing_keys
from cifarcnn.language.load import load_resolved, load_spec
from tests.support.paths import ROOT

FOLDER = ROOT / "docs/studies/reproduction"
KEPT = sorted(path.parent for path in FOLDER.glob("results/*/*/summary.json"))
NAMES = [str(path.relative_to(FOLDER / "results")) for path in KEPT]


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Any:
    return importlib.import_module("docs.studies.reproduction.study")


@pytest.fixture
def results(study: Any) -> Any:
    return importlib.import_module("docs.studies.reproduction.results")


def test_the_tables_are_made_of_the_results(results: Any) -> None:
    page = (ROOT / "docs/reproduction.md").read_text(encoding="utf-8")
    assert results.with_tables(page, results.results()) == page, "run the study"


def test_every_network_has_three_seeds_within_what_was_asked_for(results: Any, study: Any) -> None:
    found = results.results()
    for config in study.CONFIGS:
        _, printed = results.read_reference(results.NOTEBOOK, config, [config])
        runs = results.without_stopping(found, config)
        assert [run.seed for run in runs] == [7, 8, 9]
        ours = sum(run.averaged() for run in runs) / 3
        assert ours == pytest.approx(results.mean_of(printed), abs=0.03)
        for group in (study.AS_SHIPPED, study.HELD_OUT):
            (first,) = (run for run in results.of(found, group, config) if run.seed == 7)
            assert first.finished, "it was not trained to its own end"


@pytest.mark.parametrize("path", KEPT, ids=NAMES)
def test_a_result_is_whole_and_of_the_shipped_config(path: Path, study: Any) -> None:
    summary = json.loads((path / "summary.json").read_text())
    with (path / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == summary["epochs"] == summary["last_epoch"]["epoch"]
    assert float(rows[-1]["val_accuracy"]) == summary["last_epoch"]["val_accuracy"]
    if summary["validation"] == "test":
        assert summary["test_accuracy"] == summary["last_epoch"]["val_accuracy"]

    config, _, seed = path.name.rpartition("-seed")
    assert summary["seed"] == int(seed)
    kept, shipped = load_resolved(path / "spec.yaml"), load_spec(config)
    expected = {
        study.AS_SHIPPED: set(),
        study.HELD_OUT: {"data.validation"},
        study.WITHOUT_STOPPING: {"training.callbacks"},
    }[path.parent.name]
    own = {"seed", "runtime.threads", "training.epochs"}
    differing = {key.partition("[")[0] for key in differing_keys(kept, shipped)}
    assert differing - own == expected
    texts = [file.read_text() for file in path.iterdir()]
    assert not any(home in text for text in texts for home in ("/root", "/home"))


def test_the_study_does_what_is_left(study: Any, tmp_path: Path) -> None:
    run = study.StudyRun("notebook", "basic", 8, 20)
    begin = study.what_is_left(run, tmp_path / "run")
    assert begin[:3] == ["cifarcnn", "train", "basic"] and "20" in begin
    (tmp_path / "run/state").mkdir(parents=True)
    resume = ["cifarcnn", "resume", str(tmp_path / "run"), "--quiet"]
    assert study.what_is_left(run, tmp_path / "run") == resume
    for stopped, epochs, left in (
        (None, 11, [*resume, "--epochs", "20"]),
        (None, 20, None),
        ("early_stopping: no better", 11, None),
    ):
        summary = json.dumps({"stopped": stopped, "epochs": epochs})
        (tmp_path / "run/summary.json").write_text(summary)
        assert study.what_is_left(run, tmp_path / "run") == left


def test_each_command_of_the_study_is_a_training_that_the_program_takes(study: Any) -> None:
    from cifarcnn.cli.commands.train import train_command

    for run in study.study_runs():
        program, command, *words = run.train(Path("runs"))
        assert (program, command) == ("cifarcnn", "train")
        train_command.make_context("train", words)
