"""docs/speed.md and the README: their tables are those of the results that are kept."""

import importlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cifarcnn.benchmark.flops import training_mflop
from cifarcnn.language.load import load_spec
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.metrics.significance import welch
from cifarcnn.metrics.spread import spread
from tests.support.paths import ROOT

FOLDER = ROOT / "docs/studies/speed"


@pytest.fixture
def race_results(monkeypatch: pytest.MonkeyPatch) -> Any:
    return importlib.import_module("docs.studies.speed.race_results")


def test_the_tables_are_made_of_the_results(race_results: Any) -> None:
    found = race_results.results()
    assert {page.name for page in race_results.PAGES} == {"speed.md", "README.md"}
    for page in race_results.PAGES:
        made = race_results.with_tables(page, found)
        assert made == page.read_text(encoding="utf-8"), "run race_results"


@pytest.mark.parametrize(
    ("race", "config", "seeds"),
    [
        ("epyc-bfloat16", "dash", range(7, 12)),
        ("epyc-float32", "sprint", range(7, 9)),
        ("epyc-script-without-onednn-float32", "sprint", range(9, 12)),
        ("epyc-sprint-bfloat16", "sprint_bfloat16", range(7, 12)),
        ("xeon-float32", "sprint", range(7, 12)),
    ],
)
def test_a_raced_config_has_several_seeds_each_beside_the_keras_script(
    race_results: Any, race: str, config: str, seeds: range
) -> None:
    found = [result for result in race_results.results() if result.race == race]
    first = [run.seed for run in race_results.of(found, config)][: len(seeds)]
    assert first == list(seeds)
    assert len(race_results.shares(found, config)) >= len(seeds)


def test_airbench94_has_what_it_promises_over_five_seeds(race_results: Any) -> None:
    found = race_results.of(race_results.results(), "airbench94")
    assert [run.seed for run in found] == list(range(7, 12))
    augmented = spread([run.values["augmented_accuracy"] for run in found])
    assert augmented.mean >= 0.94
    page = (ROOT / "docs/speed.md").read_text(encoding="utf-8")
    assert f"{augmented.mean:.4f} on average of five seeds" in " ".join(page.split())


def test_the_backends_agree_within_the_noise_of_seeds(race_results: Any) -> None:
    found = race_results.of(race_results.results(), "sprint")
    page = (ROOT / "docs/backends.md").read_text(encoding="utf-8")
    for name in ("test_accuracy", "augmented_accuracy"):
        on_jax = spread([r.values[name] for r in found if r.on_jax])
        on_tensorflow = spread([r.values[name] for r in found if not r.on_jax])
        assert (on_jax.count, on_tensorflow.count) == (5, 10)
        for told in (on_jax, on_tensorflow):
            assert f"{told.mean:.4f}" in page
        test = welch(on_jax, on_tensorflow)
        assert test and test.p_value > 0.05
        assert f"p = {test.p_value:.2f}" in page


def test_what_is_kept_was_trained_by_the_shipped_configs(race_results: Any) -> None:
    found = race_results.results()
    assert len(race_results.races(found)) == 7
    for config in race_results.configs(found):
        spec = load_spec(config)
        for run in race_results.of(found, config):
            assert run.values["epochs"] == spec.training.epochs
            assert run.values["images"] == spec.data.images_to_train_on
            mflop = training_mflop(plan_network(spec.model.layers))
            assert run.values["training_mflop_per_image"] == mflop
            assert run.race.endswith(run.values["precision"].removeprefix("mixed_"))


def test_the_time_of_the_keras_script_is_that_of_40_epochs(race_results: Any) -> None:
    two = {"seconds": 70.0, "epoch_seconds": [34.0, 30.0], "first_step_seconds": 4.0}
    assert race_results.Result("xeon-float32", "keras", 7, two).seconds == 70 + 38 * 30
    assert race_results.Result("xeon-float32", "sprint", 7, {"seconds": 70.0}).seconds == 70


def test_a_race_alone_has_no_keras_script_and_goes_on_only_so(
    race_results: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = importlib.import_module("docs.studies.speed.race")
    trained: list[str] = []

    def race_config(config: str, run: Path, *options: str) -> dict[str, Any]:
        trained.append(f"{config} {' '.join(options)}")
        return {"seconds": 1.0}

    monkeypatch.setattr(race, "race_config", race_config)
    monkeypatch.setattr(race, "race_keras", lambda *_, **__: pytest.fail("the script was run"))
    command = ["race", str(tmp_path), "--rounds", "2", "--configs", "sprint", "--set", "a.b=1"]
    monkeypatch.setattr("sys.argv", [*command, "--alone"])
    race.main()
    race.main()
    assert trained == ["sprint --seed 7 --set a.b=1", "sprint --seed 8 --set a.b=1"]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit, match="2"):
        race.main()


def test_the_script_alone_runs_without_onednn_when_it_is_asked_for(
    race_results: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = importlib.import_module("docs.studies.speed.race")
    turns: list[str] = []

    def run(command: list[str], **how: Any) -> Any:
        onednn = (how.get("env") or {}).get("TF_ENABLE_ONEDNN_OPTS", "as it is")
        turns.append(f"{Path(command[-1]).name if '-m' in command else 'script'}: {onednn}")
        told = {"environment": {"TF_ENABLE_ONEDNN_OPTS": onednn}}
        return subprocess.CompletedProcess(command, 0, stdout=json.dumps(told))

    monkeypatch.setattr(race, "write_images", lambda file: file.touch())
    monkeypatch.setattr(race.subprocess, "run", run)
    more = ["--script-without-onednn", "--rounds", "1", "--first-seed", "9", "--configs", "sprint"]
    monkeypatch.setattr("sys.argv", ["race", str(tmp_path), *more])
    race.main()
    assert turns == ["script: 0", "9: as it is"]
    kept = json.loads((tmp_path / "keras-seed9.json").read_text())
    result = race_results.Result("a-float32", "keras", 9, kept)
    assert race_results.script_of([result]) == "; the script without oneDNN"


def test_a_row_names_jax_and_not_tensorflow(race_results: Any) -> None:
    def on(backend: str) -> str:
        machine = {"processor": "AMD EPYC Processor"}
        values = {"machine": machine, "precision": "float32", "versions": {backend: "1"}}
        shown: str = race_results.Result("a-float32", "sprint", 7, values).on
        return shown

    assert on("tensorflow") == "AMD EPYC, `float32`"
    assert on("jax") == "AMD EPYC, `float32`, JAX"
