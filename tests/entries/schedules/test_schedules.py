"""Learning-rate schedules in a run: the rates of its epochs, and what going on would mean."""

from pathlib import Path

import pytest

from tests.support.run import run_cifarcnn
from tests.support.specs import TINY

RATE = "training.optimizer.sgd.learning_rate"
SHORT = ["--set", "data.limit=100", "--batch-size", "25"]  # 75 images to train on: 3 steps an epoch


def rates_of(run: Path) -> list[float]:
    header, *rows = (run / "history.csv").read_text().splitlines()
    column = header.split(",").index("learning_rate")
    return [float(row.split(",")[column]) for row in rows]


def train(folder: Path, name: str, schedule: str, *options: str) -> Path:
    (folder / "tiny.yaml").write_text(TINY)
    result = run_cifarcnn(
        folder, "train", "tiny.yaml", *SHORT, "--set", f"{RATE}={schedule}", "--output", name,
        *options,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return folder / name


def test_a_triangle_spans_the_training_and_refuses_to_be_stretched(tmp_path: Path) -> None:
    shape = "{triangular: {peak_learning_rate: 0.09, start: 0, peak_at: 0.5555556, end: 0}}"
    run = train(tmp_path, "run", shape)
    # Steps 0 to 8 of 9, the peak at step 5: the rate of each epoch is that of its last step.
    assert rates_of(run) == pytest.approx([0.09 * 2 / 5, 0.09, 0.09 / 4])
    result = run_cifarcnn(tmp_path, "resume", "run", "--epochs", "5")
    assert result.returncode == 2
    assert "--epochs 5: triangular spreads over all epochs of the training" in result.stderr
    assert "begin a new run" in result.stderr
    # The hint: the spec that the run keeps still means the whole training of whoever repeats it.
    assert "total_steps: null" in (run / "spec.yaml").read_text()


@pytest.mark.slow
def test_steps_by_epochs_go_on_when_a_run_is_lengthened(tmp_path: Path) -> None:
    shape = "{step_decay: {initial_learning_rate: 0.08, decay_rate: 0.5, epochs: [1, 3, 4]}}"
    run = train(tmp_path, "run", shape)
    assert rates_of(run) == pytest.approx([0.08, 0.04, 0.04])
    result = run_cifarcnn(tmp_path, "resume", "run", "--epochs", "5")
    assert result.returncode == 0, result.stderr
    assert rates_of(run) == pytest.approx([0.08, 0.04, 0.04, 0.02, 0.01])
    longer = train(tmp_path, "longer", shape, "--epochs", "5")
    assert rates_of(longer) == rates_of(run)


@pytest.mark.slow
def test_a_triangle_with_its_steps_written_out_goes_on(tmp_path: Path) -> None:
    shape = "{triangular: {peak_learning_rate: 0.09, total_steps: 15}}"
    run = train(tmp_path, "run", shape)
    assert run_cifarcnn(tmp_path, "resume", "run", "--epochs", "5").returncode == 0
    assert rates_of(train(tmp_path, "longer", shape, "--epochs", "5")) == rates_of(run)
