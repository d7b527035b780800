"""Training on several devices through MirroredStrategy, here on two logical CPUs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SPEC = """\
name: mirrored
seed: 3
data: {dataset: demo, limit: 88, validation: 0.25}
model:
  layers:
    - patch_whitening
    - conv2d: {filters: 4, kernel_size: 5, strides: 2, activation: relu, kernel_regularizer: l2}
    - batch_normalization: {momentum: 0.5}
    - max_pooling2d
    - flatten
    - dense: {units: 10, activation: softmax}
training:
  epochs: 1
  batch_size: 66
  optimizer: {sgd: {learning_rate: 0.05}}
  weight_averaging: {ema: {momentum: 0.8}}
"""

TRAIN = """
import json, sys
from pathlib import Path
from cifarcnn.cli.text.progress import QuietProgress
from cifarcnn.data.load import load_dataset
from cifarcnn.data.splits import split_dataset
from cifarcnn.runs.directory import create_run_directory
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import Runtime, start_on
from cifarcnn.language.load import load_spec
from cifarcnn.training.session import Session
import tensorflow as tf

devices = int(sys.argv[1])
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
spec = load_spec("spec.yaml")
start_on(DeviceChoice((), "asked for"), spec.runtime)
from cifarcnn.runtime import tensorflow_backend
strategy = tensorflow_backend.mirrored_over(["CPU:0", "CPU:1"]) if devices == 2 else None
runtime = Runtime("tensorflow", DeviceChoice((), "asked for"), {}, strategy)
splits = split_dataset(load_dataset("demo"), spec.data, spec.seed)
directory = create_run_directory(spec.name, Path(f"run-{devices}"))
summary = Session(spec, splits, directory, runtime, QuietProgress()).run()
last = summary.last_epoch
print(json.dumps([runtime.replicas, last.loss, last.accuracy, last.val_loss, summary.test_loss]))
"""


# One step: the parts of a batch are summed in another order, and rounding grows with every step.
def test_two_devices_train_like_one(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    results = []
    for devices in ("1", "2"):
        child = subprocess.run(
            [sys.executable, "-c", TRAIN, devices],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert child.returncode == 0, child.stderr
        results.append(json.loads(child.stdout))
    (one, *alone), (two, *together) = results
    assert (one, two) == (1, 2)
    assert together == pytest.approx(alone, rel=1e-4)
    evaluation = subprocess.run(
        [sys.executable, "-m", "cifarcnn", "evaluate", "run-2/checkpoint.h5", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(evaluation.stdout)["test_loss"] == pytest.approx(together[-1], rel=1e-5)
