"""`cifarcnn train` as a user meets it: fresh processes, real trainings on the demo set."""

import csv
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.support.paths import REAL_DATA
from tests.support.run import CIFARCNN, Cifarcnn, history_of, run_cifarcnn, summary_of

Finished = tuple[Path, "subprocess.CompletedProcess[str]"]
COLUMNS = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"]


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory,
) -> Finished:
    """One finished run of the tiny spec, with its output."""
    from tests.support.specs import TINY

    folder = tmp_path_factory.mktemp("finished")
    (folder / "tiny.yaml").write_text(TINY)
    result = run_cifarcnn(folder, "train", "tiny.yaml", "--output", "run")
    assert result.returncode == 0, result.stderr
    return folder / "run", result


def test_run_directory_holds_what_explains_the_run(finished: Finished) -> None:
    run, _ = finished
    assert {path.name for path in run.iterdir()} >= {
        "spec.yaml", "record.json", "history.csv", "summary.json", "checkpoint.h5",
        "predictions.npz", "curves.png",
    }  # fmt: skip
    rows = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
    assert list(rows[0]) == COLUMNS
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    record = json.loads((run / "record.json").read_text())
    assert record["command"][1:] == ["train", "tiny.yaml", "--output", "run"]
    assert record["versions"]["keras"] and record["data"]["sha256"] and record["switches"]
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_result_goes_to_stdout_and_progress_to_stderr(finished: Finished) -> None:
    run, result = finished
    summary = summary_of(run)
    assert f"test accuracy  {summary['test_accuracy']:.4f}" in result.stdout
    assert f"test loss      {summary['test_loss']:.4f}" in result.stdout
    assert (
        "not CIFAR-10" in result.stdout and "cifarcnn evaluate run/checkpoint.h5" in result.stdout
    )
    lines = [line for line in result.stderr.splitlines() if line.startswith("epoch ")]
    assert len(lines) == 3
    assert re.search(r"device +CPU \(auto: ", result.stderr)


def test_nothing_of_the_frameworks_chatter_appears(finished: Finished) -> None:
    _, result = finished
    known = ("spec ", "network ", "data ", "training ", "device ", "run ", "epoch ")
    assert [line for line in result.stderr.splitlines() if not line.startswith(known)] == []


def test_predictions_explain_the_printed_score(finished: Finished) -> None:
    run, _ = finished
    summary = summary_of(run)
    with np.load(run / "predictions.npz") as file:
        logits, labels = file["logits"], file["labels"]
    assert logits.shape == (2000, 10)
    assert float(np.mean(logits.argmax(axis=1) == labels)) == summary["test_accuracy"]


def test_evaluate_gives_the_same_digits_as_train(finished: Finished) -> None:
    run, _ = finished
    summary = summary_of(run)
    result = run_cifarcnn(run.parent, "evaluate", "run/checkpoint.h5", "--json")
    scores = json.loads(result.stdout)
    assert (scores["test_loss"], scores["test_accuracy"]) == (
        summary["test_loss"], summary["test_accuracy"],
    )  # fmt: skip
    last = summary["last_epoch"]
    result = run_cifarcnn(
        run.parent, "evaluate", "run/checkpoint.h5", "--split", "validation", "--json"
    )
    scores = json.loads(result.stdout)
    assert scores["validation_images"] == 150
    assert scores["validation_loss"] == last["val_loss"]
    assert scores["validation_accuracy"] == last["val_accuracy"]
    assert sum(row["images"] for row in scores["classes"].values()) == 150


def test_checkpoint_is_plain_keras(finished: Finished) -> None:
    run, _ = finished
    code = """
import numpy as np, keras
model = keras.models.load_model("checkpoint.h5")
with np.load("predictions.npz") as file: logits = file["logits"]
from cifarcnn.data.load import load_dataset
p = model.predict(load_dataset("demo").test.images, batch_size=500, verbose=0)
print(float(np.abs(p.sum(axis=1) - 1).max()), int((p.argmax(1) == logits.argmax(1)).sum()))
print([type(layer).__module__.startswith("keras.") for layer in model.layers])
"""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=run, capture_output=True, text=True, check=True
    )
    total, equal = result.stdout.splitlines()[0].split()
    assert float(total) < 1e-5 and int(equal) == 2000
    assert "False" not in result.stdout


def test_checkpoint_carries_its_spec(finished: Finished) -> None:
    run, _ = finished
    with h5py.File(run / "checkpoint.h5") as file:
        assert file.attrs["cifarcnn_spec"] == (run / "spec.yaml").read_text()
        assert file.attrs["cifarcnn_digest"] == summary_of(run)["digest"]


def test_spec_in_the_run_directory_repeats_the_run(finished: Finished) -> None:
    run, _ = finished
    result = run_cifarcnn(run.parent, "train", "run/spec.yaml", "--output", "again", "--quiet")
    assert result.returncode == 0 and result.stderr == ""
    again = run.parent / "again"
    assert history_of(again) == history_of(run)
    assert summary_of(again)["digest"] == summary_of(run)["digest"]
    assert (again / "spec.yaml").read_text() == (run / "spec.yaml").read_text()


def test_another_seed_gives_another_run(finished: Finished) -> None:
    run, _ = finished
    result = run_cifarcnn(
        run.parent, "train", "tiny.yaml", "--seed", "4", "--epochs", "1", "--json"
    )
    other = json.loads(result.stdout)
    assert other["seed"] == 4
    assert str(other["last_epoch"]["loss"]) not in history_of(run)[1]


def test_json_is_one_object_with_the_keys_of_the_summary(finished: Finished) -> None:
    run, _ = finished
    result = run_cifarcnn(
        run.parent, "train", "tiny.yaml", "--epochs", "1", "--json", "--output", "json"
    )
    printed = json.loads(result.stdout)
    assert printed.pop("run") == "json"
    assert printed == summary_of(run.parent / "json")


def test_a_run_is_never_overwritten(finished: Finished, tmp_path: Path) -> None:
    run, _ = finished
    before = {path: path.stat().st_mtime_ns for path in run.iterdir()}
    result = run_cifarcnn(run.parent, "train", "tiny.yaml", "--output", "run")
    assert result.returncode == 2 and "never overwritten" in result.stderr
    assert {path: path.stat().st_mtime_ns for path in run.iterdir()} == before


def test_early_stopping_and_plateau_are_shown_and_recorded(cifarcnn: Cifarcnn, tiny: Path) -> None:
    callbacks = (
        "[{reduce_lr_on_plateau: {monitor: loss, mode: max, patience: 0, factor: 0.5}},"
        " {early_stopping: {monitor: loss, mode: max, patience: 1, restore_best_weights: true}}]"
    )
    result = cifarcnn("train", tiny, "--set", f"training.callbacks={callbacks}", "--output", "run")
    assert "[learning rate halved: 0.001 -> 0.0005]" in result.stderr
    assert "[stopped: no improvement of loss for 1 epoch]" in result.stderr
    summary = summary_of(tiny.parent / "run")
    assert summary["epochs"] == 2
    assert summary["stopped"] == "stopped: no improvement of loss for 1 epoch"
    assert summary["weights_of_epoch"] == 1
    assert [event["epoch"] for event in summary["events"]] == [2, 2]


def test_callback_files_stay_in_the_run_directory(cifarcnn: Cifarcnn, tiny: Path) -> None:
    callbacks = (
        "[{model_checkpoint: {filepath: 'best/{epoch:02d}-{val_loss:.2f}.h5'}}, csv_logger,"
        " terminate_on_nan, tensorboard]"
    )
    result = cifarcnn(
        "train",
        tiny,
        "--epochs",
        "1",
        "--set",
        f"training.callbacks={callbacks}",
        "--output",
        "run",
    )
    assert result.returncode == 0, result.stderr
    run = tiny.parent / "run"
    (checkpoint,) = (run / "best").iterdir()
    val_loss = summary_of(run)["last_epoch"]["val_loss"]
    assert checkpoint.name == f"01-{val_loss:.2f}.h5"
    assert len((run / "log.csv").read_text().splitlines()) == 2
    assert list((run / "tensorboard").rglob("events*"))
    with h5py.File(checkpoint) as file:
        assert file.attrs["cifarcnn_digest"] == summary_of(run)["digest"]


@pytest.mark.parametrize(
    "optimizer",
    [
        "{adam: {learning_rate: {cosine_decay: {initial_learning_rate: 0.01, decay_steps: 7}}}}",
        pytest.param("{adamw: {weight_decay: 0.01, clipnorm: 1.0}}", marks=pytest.mark.slow),
        pytest.param("{sgd: {momentum: 0.9, nesterov: true}}", marks=pytest.mark.slow),
        pytest.param("{nadam: {global_clipnorm: 1.0}}", marks=pytest.mark.slow),
        pytest.param("{rmsprop: {centered: true}}", marks=pytest.mark.slow),
    ],
)
def test_optimizers_and_schedules_train(cifarcnn: Cifarcnn, tiny: Path, optimizer: str) -> None:
    result = cifarcnn(
        "train", tiny, "--epochs", "1", "--set", f"training.optimizer={optimizer}",
        "--set", "training.loss={categorical_crossentropy: {label_smoothing: 0.1}}", "--json",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    summary = json.loads(result.stdout)
    assert summary["last_epoch"]["loss"] < 4
    if "cosine" in optimizer:
        assert summary["last_epoch"]["learning_rate"] == 0.0


def test_a_loss_that_is_no_number_ends_the_run_with_its_place(
    cifarcnn: Cifarcnn, tiny: Path
) -> None:
    absurd = ("train", tiny, "--set", "training.optimizer={sgd: {learning_rate: 1e6}}")
    result = cifarcnn(*absurd)
    assert result.returncode == 1
    assert re.search(
        "error: the loss became (nan|inf) in epoch 1, batches 1 to 8 of 8\n", result.stderr
    )
    assert "Traceback" not in result.stderr


def test_ctrl_c_ends_the_run_cleanly(tiny: Path) -> None:
    process = subprocess.Popen(
        [*CIFARCNN, "train", str(tiny), "--epochs", "100000", "--output", "run"],
        cwd=tiny.parent, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    history = tiny.parent / "run" / "history.csv"
    deadline = time.monotonic() + 120
    while not (history.exists() and len(history.read_text().splitlines()) > 2):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in stderr and "Traceback" not in stderr
    epochs = [int(row.split(",")[0]) for row in history.read_text().splitlines()[1:]]
    assert epochs == list(range(1, len(epochs) + 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--device", "gpu:7"], "device gpu:7 asks for"),
        (["--device", "tpu"], "--device tpu: runtime.device: expected auto, cpu, gpu"),
        (["--epochs", "0"], "--epochs 0: training.epochs: expected a value >= 1"),
        (["--seed", "-1"], "--seed -1: seed: expected a value >= 0"),
        (["--batch-size", "451"], "expected at most the 450 training images, received 451"),
        (["--set", "training.epoch=3"], "did you mean 'epochs'?"),
        (["--set", "data.validation=0.0005"], "leaves 0 to validate on"),
        (["--output", "tiny.yaml"], "exists already"),
        # Without a place of the data, so that it would have to be fetched first.
        (["--set", "data.dataset=cifar10", "--output", "tiny.yaml"], "exists already"),
        (["--set", "data.dataset=cifar10", "--data-dir", "nowhere"], "nowhere"),
    ],
)
def test_wrong_input_is_refused_before_a_directory_is_made(
    cifarcnn: Cifarcnn, tiny: Path, arguments: list[str], message: str
) -> None:
    result = cifarcnn("train", tiny, *arguments)
    assert result.returncode == 2
    assert message in result.stderr and "Traceback" not in result.stderr
    assert result.stdout == ""
    assert [path.name for path in tiny.parent.iterdir()] == ["tiny.yaml"]


def test_a_users_keras_settings_change_nothing(finished: Finished, tmp_path: Path) -> None:
    run, _ = finished
    home = tmp_path / "keras"
    home.mkdir()
    (home / "keras.json").write_text(
        '{"floatx": "float64", "epsilon": 0.1, "backend": "jax",'
        ' "image_data_format": "channels_first"}'
    )
    result = run_cifarcnn(
        run.parent, "train", "tiny.yaml", "--output", "configured",
        KERAS_HOME=str(home), KERAS_BACKEND="torch", KERAS_MAX_EPOCHS="1",
        KERAS_MAX_STEPS_PER_EPOCH="2",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert history_of(run.parent / "configured") == history_of(run)


def test_a_failing_picture_is_a_warning(finished: Finished, tmp_path: Path) -> None:
    run, _ = finished
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise ImportError('no pictures today')")
    result = run_cifarcnn(
        run.parent,
        "train",
        "tiny.yaml",
        "--epochs",
        "1",
        "--output",
        "plain",
        PYTHONPATH=str(tmp_path),
    )
    assert result.returncode == 0
    assert "warning: could not draw" in result.stderr and "no pictures today" in result.stderr
    assert summary_of(run.parent / "plain")["epochs"] == 1


@pytest.mark.skipif(REAL_DATA is None, reason="needs CIFAR-10 in CIFARCNN_DATA_DIR")
def test_real_images_are_learned(cifarcnn: Cifarcnn) -> None:
    result = cifarcnn(
        "train", "deeper_3x3", "--epochs", "2", "--set", "data.limit=4000", "--set",
        "training.callbacks=[]", "--json",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    summary = json.loads(result.stdout)
    assert summary["test_images"] == 10_000
    assert summary["test_accuracy"] > 0.25, "chance is 0.1"
    last = summary["last_epoch"]
    assert (summary["test_loss"], summary["test_accuracy"]) == (
        last["val_loss"],
        last["val_accuracy"],
    )
    assert "validated on the 10,000 test images" in result.stderr
