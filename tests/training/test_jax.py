"""Training on JAX, in processes in which TensorFlow cannot be imported."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.checkpoints.read import read_checkpoint_file
from cifarcnn.checkpoints.restore import restore_network
from cifarcnn.data.load import load_dataset
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from tests.support.jax_process import needs_jax, run_on_jax
from tests.support.paths import SUPPORT
from tests.support.run import history_of, run_cifarcnn, summary_of

pytestmark = needs_jax

SPEC = """\
name: on_jax
seed: 3
data: {dataset: demo, limit: 160, validation: 0.25, augment: [flip]}
model:
  layers:
    - patch_whitening: {images: 20, bias_epochs: 1}
    - conv2d: {filters: 4, kernel_size: 5, strides: 4, activation: relu, kernel_regularizer: l2}
    - batch_normalization: {beta_learning_rate_multiplier: 4, momentum: 0.9}
    - dropout: {rate: 0.25}
    - flatten
    - dense: {units: 10, activation: softmax}
training:
  epochs: 3
  batch_size: 40
  loss: {categorical_crossentropy: {label_smoothing: 0.1}}
  optimizer: {sgd: {learning_rate: 0.01, momentum: 0.9, nesterov: true}}
  weight_averaging: {lookahead: {period: 2, power: 1}}
  callbacks: [{reduce_lr_on_plateau: {patience: 1}}]
"""

STEPS = """\
name: steps
seed: 3
data: {dataset: demo, augment: AUGMENT}
model:
  layers:
    - average_pooling2d: {pool_size: 8}
    - batch_normalization: {momentum: 0.9}
    - dropout: {rate: 0.25}
    - flatten
    - dense: {units: 10, kernel_regularizer: l2}
training:
  batch_size: 30
  optimizer: OPTIMIZER
  weight_averaging: AVERAGING
runtime: {backend: jax, steps_per_execution: 2, precision: PRECISION}
"""
USUAL = {
    "AUGMENT": "[flip]",
    "OPTIMIZER": "{sgd: {momentum: 0.9}}",
    "AVERAGING": "null",
    "PRECISION": "float32",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a spec and a run of it on JAX."""
    folder = tmp_path_factory.mktemp("jax")
    (folder / "spec.yaml").write_text(SPEC)
    result = run_on_jax(folder, "cifarcnn", "train", "spec.yaml", "--output", "run")
    assert result.returncode == 0, result.stderr
    (folder / "stderr").write_text(result.stderr)
    return folder


def without_the_last_epoch(folder: Path, name: str) -> Path:
    """A copy of the run as if it had been killed in its last epoch."""
    run = folder / name
    shutil.copytree(folder / "run", run)
    (run / "state" / "epoch-000003.npz").unlink()
    (run / "summary.json").unlink()
    return run


def test_a_run_on_jax_says_so_and_nothing_of_the_framework_is_shown(folder: Path) -> None:
    record = json.loads((folder / "run" / "record.json").read_text())
    assert record["backend"] == "jax"
    assert record["versions"]["jax"][0].isdigit() and "tensorflow" not in record["versions"]
    assert record["switches"]["JAX_PLATFORMS"] == "cpu"
    assert "backend: jax" in (folder / "run" / "spec.yaml").read_text()
    words = ("spec", "network", "data", "training", "device", "run", "epoch")
    lines = (folder / "stderr").read_text().splitlines()
    assert [line for line in lines if line.split()[0] not in words] == []


def test_a_resumed_run_equals_an_unbroken_one(folder: Path) -> None:
    run = without_the_last_epoch(folder, "resumed")
    result = run_on_jax(folder, "cifarcnn", "resume", "resumed")
    assert result.returncode == 0, result.stderr
    assert "warning" not in result.stderr
    assert history_of(run) == history_of(folder / "run")
    assert summary_of(run)["digest"] == summary_of(folder / "run")["digest"]


def test_a_run_is_resumed_on_its_own_backend_only(folder: Path) -> None:
    without_the_last_epoch(folder, "other")
    options = ("--resume", "other", "--backend", "tensorflow")
    result = run_cifarcnn(folder, "train", "spec.yaml", *options)
    assert result.returncode == 2
    assert "differs from the run in runtime.backend" in result.stderr


def test_a_network_of_jax_gives_the_same_logits_on_tensorflow(folder: Path) -> None:
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
    from cifarcnn.metrics.scores import score
    from cifarcnn.networks.logits import predict_logits

    file = read_checkpoint_file(folder / "run" / "checkpoint.h5")
    assert file.spec
    test = load_dataset("demo").test
    logits = predict_logits(restore_network(file, file.spec.data), test.images)
    with np.load(folder / "run" / "predictions.npz") as predictions:
        on_jax = predictions["logits"]
    assert np.abs(logits - on_jax).max() < 1e-4 * np.abs(logits).max()
    scores = score(logits, test.labels, 0.1)
    assert scores.loss == pytest.approx(summary_of(folder / "run")["test_loss"], rel=1e-5)


@pytest.mark.slow
def test_a_network_of_tensorflow_gives_the_same_scores_on_jax(folder: Path) -> None:
    trained = run_cifarcnn(folder, "train", "spec.yaml", "--output", "tensorflow")
    assert trained.returncode == 0, trained.stderr
    scored = run_on_jax(folder, "cifarcnn", "evaluate", "tensorflow/checkpoint.h5", "--json")
    assert scored.returncode == 0, scored.stderr
    loss = summary_of(folder / "tensorflow")["test_loss"]
    assert json.loads(scored.stdout)["test_loss"] == pytest.approx(loss, rel=1e-5)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bits_in_a_fresh_process(folder: Path) -> None:
    fresh = folder / "fresh"
    fresh.mkdir()
    shutil.copy(folder / "spec.yaml", fresh)  # and compiled anew
    assert run_on_jax(fresh, "cifarcnn", "train", "spec.yaml", "--output", "run").returncode == 0
    assert history_of(fresh / "run") == history_of(folder / "run")
    assert summary_of(fresh / "run")["digest"] == summary_of(folder / "run")["digest"]


def epochs_of(folder: Path, *ways: str, **changes: str) -> dict[str, dict[str, Any]]:
    """One training by Keras' `fit`, by `steps` or by a `scan`."""
    text = STEPS
    for word, value in (USUAL | changes).items():
        text = text.replace(word, value)
    (folder / "steps.yaml").write_text(text)
    program = SUPPORT / "jax_epochs_child.py"
    child = run_on_jax(folder, program, "steps.yaml", *ways)
    assert child.returncode == 0, child.stderr
    result: dict[str, dict[str, Any]] = json.loads(child.stdout)
    return result


def assert_close(one: dict[str, Any], other: dict[str, Any], tolerance: float = 1e-5) -> None:
    for mine, theirs in zip(one["logs"], other["logs"], strict=True):
        assert mine == pytest.approx(theirs, rel=tolerance)
    for mine, theirs in zip(one["variables"], other["variables"], strict=True):
        assert mine == pytest.approx(theirs, rel=tolerance, abs=tolerance)


ADAM = "{adam: {gradient_accumulation_steps: 2}}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"AUGMENT": "[]", "OPTIMIZER": ADAM},
        {"AUGMENT": "[alternating_flip, {pad_and_crop: {padding: 2}}, {cutout: {size: 9}}]"},
        {"AUGMENT": "[flip, mixup]", "PRECISION": "mixed_float16"},
        {"PRECISION": "mixed_bfloat16"},
    ],
)
def test_an_epoch_is_that_of_keras(tmp_path: Path, changes: dict[str, str]) -> None:
    found = epochs_of(tmp_path, "fit", "steps", "scan", **changes)
    for way in ("steps", "scan"):
        assert_close(found[way], found["fit"], 1e-2 if "PRECISION" in changes else 1e-5)
        # four steps of 30, 30, 30 and 10 images, two at a time
        assert found[way]["images_done"] == [60, 100] * 2
    assert found["fit"]["logs"][0] != found["fit"]["logs"][1], "nothing was learned"


@pytest.mark.slow
@pytest.mark.parametrize("averaging", ["{ema: {momentum: 0.8}}", "{lookahead: {period: 3}}"])
def test_averages_follow_every_step(tmp_path: Path, averaging: str) -> None:
    found = epochs_of(tmp_path, "fit", "steps", "scan", AVERAGING=averaging)
    assert_close(found["scan"], found["steps"])
    assert found["scan"]["averages"] == pytest.approx(found["steps"]["averages"], rel=1e-5)
    assert found["scan"]["averages"] != found["fit"]["averages"], "fit knows nothing of averages"
    if "ema" in averaging:  # the network itself is trained as without
        assert_close(found["scan"], found["fit"])


@pytest.mark.slow
def test_a_loss_that_is_not_finite_and_a_callback_at_each_step(folder: Path) -> None:
    (folder / "own.py").write_text(
        "import json\n"
        "from cifarcnn.language.entry_types import CALLBACKS, Callback\n"
        "@CALLBACKS.register('slower')\n"
        "class Slower(Callback):\n"
        "    def build(self, **more):\n"
        "        import keras\n"
        "        class Slower(keras.callbacks.Callback):\n"
        "            def on_train_batch_begin(self, batch, logs=None):\n"
        "                if batch == 1:\n"
        "                    self.model.optimizer.learning_rate = 0.0\n"
        "                    self.before = [w.copy() for w in self.model.get_weights()]\n"
        "            def on_train_batch_end(self, batch, logs=None):\n"
        "                kernel = [w for w in self.model.get_weights() if w.ndim == 2][0]\n"
        "                was = [w for w in getattr(self, 'before', []) if w.ndim == 2]\n"
        "                if was:\n"
        "                    print('unchanged', bool((kernel == was[0]).all()))\n"
        "        return Slower()\n"
    )
    plain = ("--set", "training.weight_averaging=null", "--epochs", "1", "--code", "own.py")
    own = ("training.callbacks=[slower]", "training.optimizer={sgd: {learning_rate: 0.1}}")
    settings = [word for setting in own for word in ("--set", setting)]
    slower = run_on_jax(folder, "cifarcnn", "train", "spec.yaml", *plain, *settings)
    assert slower.returncode == 0, slower.stderr
    shown = [line for line in slower.stdout.splitlines() if line.startswith("unchanged")]
    assert shown == ["unchanged True"] * 2, "the callback's learning rate did not count"

    high = ["--set", "training.optimizer.sgd.learning_rate=1e6", "--epochs", "50"]
    high += ["--set", "training.weight_averaging=null", "--set", "training.callbacks=[]"]
    result = run_on_jax(folder, "cifarcnn", "train", "spec.yaml", *high)
    assert result.returncode == 1
    assert re.search(r"error: the (validation )?loss became (nan|inf) in epoch \d", result.stderr)
