"""A network of repeats and residuals, as a user trains, resumes and evaluates it."""

import json
from pathlib import Path

import pytest

from tests.support.run import history_of, run_cifarcnn, summary_of

SPEC = """\
name: branches
seed: 5
data: {dataset: demo, limit: 400, validation: 0.25}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 5, strides: 4, use_bias: false}
    - repeat:
        times: 2
        layers:
          - residual:
              layers:
                - conv2d: {filters: 4, kernel_size: 3, padding: same}
                - batch_normalization
                - dropout: {rate: 0.2}
          - activation: {activation: relu}
    - residual:
        layers:
          - conv2d: {filters: 8, kernel_size: 3, strides: 2, padding: same}
          - batch_normalization
        projection:
          - conv2d: {filters: 8, kernel_size: 1, strides: 2, use_bias: false}
          - batch_normalization
    - global_average_pooling2d
    - repeat: {times: 1, layers: [dense: {units: 10, activation: softmax}]}
training:
  epochs: 2
  batch_size: 50
  optimizer: {adam: {learning_rate: 0.02}}
runtime: {deterministic: true}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the spec and a run of it that was stopped after one epoch and resumed."""
    folder = tmp_path_factory.mktemp("branches")
    (folder / "spec.yaml").write_text(SPEC)
    begun = run_cifarcnn(folder, "train", "spec.yaml", "--epochs", "1", "--output", "run")
    assert begun.returncode == 0, begun.stderr
    assert "network   18 layers, 1,110 parameters" in begun.stderr
    resumed = run_cifarcnn(folder, "resume", "run", "--epochs", "2")
    assert resumed.returncode == 0, resumed.stderr
    return folder


def test_evaluate_gives_the_digits_of_the_training(folder: Path) -> None:
    result = run_cifarcnn(folder, "evaluate", "run/checkpoint.h5", "--json")
    scores, summary = json.loads(result.stdout), summary_of(folder / "run")
    assert scores["test_loss"] == summary["test_loss"]
    assert scores["test_accuracy"] == summary["test_accuracy"]
    assert summary["parameters"] == 1110 and summary["epochs"] == 2


@pytest.mark.slow
def test_the_resumed_run_is_the_unbroken_one(folder: Path) -> None:
    result = run_cifarcnn(folder, "train", "run/spec.yaml", "--output", "whole")
    assert result.returncode == 0, result.stderr
    assert history_of(folder / "whole") == history_of(folder / "run")
    assert summary_of(folder / "whole")["digest"] == summary_of(folder / "run")["digest"]


@pytest.mark.slow
def test_a_new_run_begins_with_the_weights_of_a_checkpoint(folder: Path) -> None:
    options = ["--set", "training.optimizer.adam.learning_rate=1e-12", "--epochs", "1"]
    result = run_cifarcnn(
        folder, "train", "spec.yaml", *options, "--init-from", "run/checkpoint.h5", "--output", "b"
    )
    assert result.returncode == 0, result.stderr
    # Only the statistics of batch normalization have moved on.
    assert summary_of(folder / "b")["test_loss"] == pytest.approx(
        summary_of(folder / "run")["test_loss"], rel=0.2
    )
    assert summary_of(folder / "b")["last_epoch"]["loss"] < 2.25
