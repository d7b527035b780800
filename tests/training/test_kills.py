"""Runs killed with SIGKILL at random moments end like the runs that nothing interrupted."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.run import CIFARCNN, history_of, run_cifarcnn, summary_of

NETWORK = """\
seed: 5
runtime: {deterministic: true}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 5, strides: 2, activation: relu}
    - batch_normalization: {momentum: 0.8}
    - dropout: {rate: 0.3}
    - flatten
    - dense: {units: 10, activation: softmax}
"""

PLATEAU = """\
name: plateau
data: {dataset: demo, limit: 500, validation: 0.2, pixels: standard}
training:
  epochs: 9
  batch_size: 50
  optimizer: {adam: {learning_rate: 0.01}}
  callbacks:
    - reduce_lr_on_plateau: {monitor: val_accuracy, patience: 1, factor: 0.5, cooldown: 1}
"""

RESTORED_BEST = """\
name: restored_best
data: {dataset: demo, limit: 500, validation: 0.2}
training:
  epochs: 12
  batch_size: 50
  optimizer: {adam: {learning_rate: 0.01}}
  callbacks:
    - early_stopping: {monitor: val_loss, patience: 3, restore_best_weights: true}
    - model_checkpoint: {filepath: best.h5, save_best_only: true}
    - csv_logger
"""

AVERAGED = """\
name: averaged
data:
  dataset: demo
  limit: 500
  validation: 0.2
  augment: [alternating_flip, {pad_and_crop: {padding: 2}}, {cutout: {size: 6}}, mixup]
training:
  epochs: 8
  batch_size: 50
  loss: {categorical_crossentropy: {label_smoothing: 0.1}}
  optimizer:
    sgd:
      momentum: 0.9
      nesterov: true
      learning_rate: {cosine_decay: {initial_learning_rate: 0.05, decay_steps: 64}}
  weight_averaging: {ema: {momentum: 0.95}}
  callbacks:
    - model_checkpoint: {filepath: best.h5, save_best_only: true}
"""

SPECS = {"plateau": PLATEAU, "restored_best": RESTORED_BEST, "averaged": AVERAGED}

RUNS = 51
DEADLINE = 180


def test_a_killed_run_goes_on_with_its_averages(tmp_path: Path) -> None:
    """One kill in the middle of the spec that has most to remember."""
    train_unbroken(tmp_path, "averaged")
    killed = begin(tmp_path, "averaged", "killed")
    kill_after_epoch(killed, tmp_path / "killed", 3, lambda: 0.05)
    assert run_cifarcnn(tmp_path, "resume", "killed").returncode == 0
    assert_equals_unbroken(tmp_path, "averaged", "killed")


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_fifty_runs_killed_at_random_moments(tmp_path: Path) -> None:
    """Each run is killed once, or several times: between epochs, in them, in the middle of writes.

    Prints how the kills were spread.
    """
    chance = random.Random(1)
    for spec in SPECS:
        train_unbroken(tmp_path, spec)
    moments: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    while killed.total() < RUNS:
        spec = list(SPECS)[killed.total() % len(SPECS)]
        name = f"{spec}-{sum(1 for _ in tmp_path.iterdir())}"
        kills = 0
        process = begin(tmp_path, spec, name)
        while kill_at_random(process, tmp_path / name, summary_of(tmp_path / spec), chance):
            kills += 1
            moments[moment_of_death(tmp_path / name)] += 1
            process = begin(tmp_path, spec, name)
            if chance.random() < 0.6:
                break
        assert process.wait(timeout=DEADLINE) == 0, (name, kills)
        assert_equals_unbroken(tmp_path, spec, name)
        killed[spec] += kills > 0
        print(f"{name}: {kills} kills, equal", flush=True)
    print(f"{killed.total()} runs, {moments.total()} kills: {dict(killed)}, {dict(moments)}")
    assert moments["in a write"] > 0


def train_unbroken(folder: Path, spec: str) -> None:
    """Train a spec without interruption, into a run of its name."""
    (folder / f"{spec}.yaml").write_text(SPECS[spec] + NETWORK)
    result = run_cifarcnn(folder, "train", f"{spec}.yaml", "--output", spec)
    assert result.returncode == 0, result.stderr


def begin(folder: Path, spec: str, name: str) -> "subprocess.Popen[bytes]":
    """Start a run, or go on with it if it has a state to go on from."""
    started = any((folder / name / "state").glob("epoch-*.npz"))
    if not started and (folder / name).exists():
        (folder / name).rename(folder / f"{name}-stillborn-{time.monotonic_ns()}")
    words = ["resume", name] if started else ["train", f"{spec}.yaml", "--output", name]
    return subprocess.Popen(
        [*CIFARCNN, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def kill_at_random(
    process: "subprocess.Popen[bytes]", run: Path, unbroken: dict[str, Any], chance: random.Random
) -> bool:
    """Kill a process at a moment drawn from the whole of its life; False if it ended before."""
    kept = max((int(p.stem.partition("-")[2]) for p in run.glob("state/epoch-*.npz")), default=-1)
    epoch = chance.randint(kept, unbroken["epochs"])
    if epoch == kept:  # before it has written anything new
        try:
            process.wait(timeout=chance.uniform(0.2, 12))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return process.returncode != 0
    pause = chance.uniform(0, 0.4)
    wait = chance.choice([lambda: pause, lambda: until_a_write(process, run)])
    return kill_after_epoch(process, run, epoch, wait)


def kill_after_epoch(
    process: "subprocess.Popen[bytes]", run: Path, epoch: int, wait: Callable[[], float]
) -> bool:
    """Kill a process some time after it has kept an epoch; False if it ended before."""
    state = run / "state" / f"epoch-{epoch:06d}.npz"
    deadline = time.monotonic() + DEADLINE
    while not state.exists():
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline
        time.sleep(0.002)
    time.sleep(wait())
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def until_a_write(process: "subprocess.Popen[bytes]", run: Path) -> float:
    """Wait until a file is being written beside the one that it will replace; 0 seconds more."""
    while process.poll() is None and moment_of_death(run) != "in a write":
        pass
    return 0


def moment_of_death(run: Path) -> str:
    """Whether a run has a file half written."""
    for _, _, names in os.walk(run):
        if any(name.startswith(".") and name != ".lock" for name in names):
            return "in a write"
    return "elsewhere"


def assert_equals_unbroken(folder: Path, spec: str, name: str) -> None:
    """History, events, weights, score and logs are those of the unbroken run, and no file more."""
    run, unbroken = folder / name, folder / spec
    assert history_of(run) == history_of(unbroken)
    one, other = summary_of(run), summary_of(unbroken)
    different = {key for key in one if one[key] != other[key]}
    assert different <= {"seconds", "best_epoch", "last_epoch"}  # these hold seconds
    for row in ("best_epoch", "last_epoch"):
        assert one[row] | {"seconds": 0} == other[row] | {"seconds": 0}
    for log in unbroken.glob("*.csv"):
        if log.name != "history.csv":
            assert (run / log.name).read_bytes() == log.read_bytes()
    files = sorted(p.relative_to(run) for p in run.rglob("*"))
    assert files == sorted(p.relative_to(unbroken) for p in unbroken.rglob("*"))
