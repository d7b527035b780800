"""Resuming: whatever ends a run, it goes on as if nothing had happened."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cifarcnn.language.load import load_spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.runs.history import EpochRow
from cifarcnn.runs.summary import Summary, write_summary
from cifarcnn.training.state import StateStore, TrainingState
from tests.support.run import CIFARCNN, history_of, run_cifarcnn, summary_of

SPEC = """\
name: resumed
seed: 5
data: {dataset: demo, limit: 500, validation: 0.2}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 5, strides: 2, activation: relu}
    - batch_normalization
    - dropout: {rate: 0.3}
    - flatten
    - dense: {units: 10, activation: softmax}
training:
  epochs: 8
  batch_size: 50
  optimizer: {adam: {learning_rate: 0.01}}
  callbacks:
    - reduce_lr_on_plateau: {monitor: val_accuracy, patience: 1, factor: 0.5, cooldown: 1}
    - early_stopping: {monitor: val_loss, patience: 3, restore_best_weights: true}
    - model_checkpoint: {filepath: best.h5, save_best_only: true}
    - csv_logger
runtime: {deterministic: true}
"""


def _slow(value: object) -> object:
    return pytest.param(value, marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the spec and one run of it that nothing interrupted."""
    folder = tmp_path_factory.mktemp("resume")
    (folder / "spec.yaml").write_text(SPEC)
    result = run_cifarcnn(folder, "train", "spec.yaml", "--output", "unbroken")
    assert result.returncode == 0, result.stderr
    return folder


def begin(folder: Path, name: str, *options: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*CIFARCNN, "train", "spec.yaml", "--output", name, *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_after(folder: Path, name: str, epochs: int, pause: float = 0.0) -> None:
    """Begin a run and end it with SIGKILL some time after an epoch."""
    process = begin(folder, name)
    state = folder / name / "state" / f"epoch-{epochs:06d}.npz"
    deadline = time.monotonic() + 120
    while not state.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / name / "summary.json").exists(), "it was killed too late to test anything"


def assert_equals_unbroken(folder: Path, name: str) -> None:
    run, unbroken = folder / name, folder / "unbroken"
    assert history_of(run) == history_of(unbroken)
    one, other = summary_of(run), summary_of(unbroken)
    for key in ("digest", "test_loss", "test_accuracy", "events", "stopped", "weights_of_epoch"):
        assert one[key] == other[key]
    assert (run / "log.csv").read_bytes() == (unbroken / "log.csv").read_bytes()
    assert not [path for path in run.rglob(".*") if path.name != ".lock"], "files left behind"
    assert len(list((run / "state").iterdir())) == 2


@pytest.mark.parametrize("epochs", [_slow(0), _slow(1), _slow(4)])
def test_a_killed_run_ends_like_an_unbroken_one(folder: Path, epochs: int) -> None:
    name = f"killed-{epochs}"
    kill_after(folder, name, epochs)
    how = ["train", "spec.yaml", "--resume"] if epochs == 1 else ["resume"]
    result = run_cifarcnn(folder, *how, name)
    assert result.returncode == 0, result.stderr
    assert_equals_unbroken(folder, name)


def test_what_may_change_the_last_bits_is_told(folder: Path) -> None:
    run = folder / "elsewhere"
    shutil.copytree(folder / "unbroken", run)
    (run / "summary.json").unlink()
    max((run / "state").iterdir()).unlink()
    store = StateStore(run / "state")
    state = store.load(print)
    state.versions |= {"device": "NVIDIA H100", "keras": "3.14.9", "TF_ENABLE_ONEDNN_OPTS": "0"}
    del state.versions["threads"]  # as in a state of an older version
    store.save(state)
    result = run_cifarcnn(folder, "resume", "elsewhere")
    assert result.returncode == 0, result.stderr
    assert "begun with device NVIDIA H100, resumed with CPU: the result may diff" in result.stderr
    assert "begun with keras 3.14.9, resumed with " in result.stderr
    assert "begun with TF_ENABLE_ONEDNN_OPTS 0, resumed with 1: " in result.stderr
    assert result.stderr.count("begun with") == 3


@pytest.mark.slow
def test_a_run_without_its_random_state_differs(folder: Path) -> None:
    """The control: the comparison above does see what a resume could forget."""
    name = "forgetful"
    kill_after(folder, name, 2)
    code = f"""
from pathlib import Path
import numpy as np
from cifarcnn.training.state import StateStore
store = StateStore(Path({name!r}) / "state")
state = store.load(print)
seeds = [v for v in state.variables if v.dtype.kind in "iu"]
assert len(seeds) == 1
seeds[0][:] = [12345, 0]
store.save(state)
"""
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    assert run_cifarcnn(folder, "resume", name).returncode == 0
    assert history_of(folder / name) != history_of(folder / "unbroken")


@pytest.mark.parametrize("damage", [_slow("cut"), _slow("flipped"), _slow("emptied")])
def test_a_damaged_state_gives_way_to_the_one_before(folder: Path, damage: str) -> None:
    name = f"damaged-{damage}"
    kill_after(folder, name, 3)
    newest = max((folder / name / "state").glob("epoch-*.npz"))
    content = bytearray(newest.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    damaged = {"cut": content[: len(content) // 2], "emptied": bytearray()}.get(damage, content)
    newest.write_bytes(damaged)
    result = run_cifarcnn(folder, "resume", name)
    assert result.returncode == 0
    assert f"warning: {name}/state/{newest.name} is damaged" in result.stderr
    assert_equals_unbroken(folder, name)


def test_without_any_whole_state_there_is_no_fresh_start(folder: Path) -> None:
    name = "hopeless"
    kill_after(folder, name, 1)
    for path in (folder / name / "state").iterdir():
        path.write_bytes(b"PK\x03\x04 nothing")
    before = history_of(folder / name)
    result = run_cifarcnn(folder, "resume", name)
    assert result.returncode == 2 and "no other state to go on from" in result.stderr
    assert "Traceback" not in result.stderr
    assert history_of(folder / name) == before
    for wrong in ("nowhere", "."):
        result = run_cifarcnn(folder, "resume", wrong)
        assert result.returncode == 2 and "Traceback" not in result.stderr


def test_a_finished_run_gives_its_result_again(folder: Path) -> None:
    result = run_cifarcnn(folder, "resume", "unbroken", "--json")
    assert result.returncode == 0
    assert "nothing is left to do" in result.stderr
    assert f'"digest": "{summary_of(folder / "unbroken")["digest"]}"' in result.stdout


@pytest.mark.slow
def test_epochs_may_grow_and_give_the_longer_run(folder: Path) -> None:
    more = ["--set", "training.callbacks=[]", "--set", "runtime.threads=1"]
    for name, epochs in (("short", "2"), ("long", "4")):
        result = run_cifarcnn(
            folder, "train", "spec.yaml", *more, "--epochs", epochs, "--output", name
        )
        assert result.returncode == 0
    result = run_cifarcnn(folder, "resume", "short", "--epochs", "1")
    assert result.returncode == 2 and "may grow, not shrink" in result.stderr
    spec = folder / "short" / "spec.yaml"  # as if `resume --epochs 6` had ended at once
    spec.write_text(spec.read_text().replace("epochs: 2", "epochs: 6"))
    result = run_cifarcnn(folder, "resume", "short", "--epochs", "4")
    assert result.returncode == 0
    assert "warning" not in result.stderr  # the number of threads is that of the spec
    assert history_of(folder / "short") == history_of(folder / "long")
    assert summary_of(folder / "short")["digest"] == summary_of(folder / "long")["digest"]
    assert "epochs: 4" in (folder / "short" / "spec.yaml").read_text()


@pytest.mark.parametrize(
    ("stopped", "words", "reason"),
    [
        (None, ("resume", "run", "--epochs", "0"), "--epochs 0: the run has 8 epochs"),
        (None, ("resume", "run", "--epochs", "1000001"), "expected at most 1,000,000"),
        (None, ("train", "spec.yaml", "--resume", "run", "--epochs", "5"), "may grow, not shrink"),
        ("it", ("resume", "run", "--epochs", "20"), "the run is over after epoch 8 (it)"),
        ("it", ("train", "spec.yaml", "--resume", "run", "--epochs", "20"), "over after epoch 8"),
    ],
)
@pytest.mark.parametrize("finished", [True, False])
def test_epochs_that_cannot_be_are_refused_however_they_are_given(
    tmp_path: Path, stopped: str | None, words: Sequence[str], reason: str, finished: bool
) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    spec = load_spec(tmp_path / "spec.yaml")
    rows = [EpochRow(epoch, 1.0, 0.1, 1.0, 0.1, 0.01, 1.0) for epoch in range(1, 9)]
    state = TrainingState(spec_to_yaml(spec), "sha", {}, rows, [], stopped, 8.0)
    run = tmp_path / "run"
    run.mkdir()
    StateStore(run / "state").save(state)
    (run / "spec.yaml").write_text(state.spec)
    if finished:
        (run / "checkpoint.h5").write_bytes(b"of no interest here")
        write_summary(
            run / "summary.json",
            Summary(
                "resumed", "demo", 0.2, 5, "CPU", 10, 0.1, 8, stopped, [], rows[0], rows[7], 8, 2.3,
                0.1, 100, 1.0, "checkpoint.h5", "0" * 64,
            ),
        )  # fmt: skip
    result = run_cifarcnn(tmp_path, *words)
    assert result.returncode == 2 and reason in result.stderr, result.stderr
    assert (run / "spec.yaml").read_text() == state.spec


def test_another_spec_is_refused_naming_the_keys(folder: Path) -> None:
    name = "other"
    kill_after(folder, name, 1)
    result = run_cifarcnn(
        folder, "train", "spec.yaml", "--resume", name, "--seed", "6", "--batch-size", "25"
    )
    assert result.returncode == 2
    assert "differs from the run in seed and training.batch_size" in result.stderr
    spec = folder / name / "spec.yaml"
    spec.write_text(spec.read_text().replace("limit: 500", "limit: 400"))
    result = run_cifarcnn(folder, "resume", name)
    assert result.returncode == 2 and "differs from the run in data.limit" in result.stderr


def test_two_processes_cannot_write_one_run(folder: Path) -> None:
    process = begin(folder, "shared", "--epochs", "100000", "--set", "training.callbacks=[]")
    try:
        deadline = time.monotonic() + 120
        while not (folder / "shared" / "state" / "epoch-000002.npz").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        result = run_cifarcnn(folder, "resume", "shared")
        assert result.returncode == 2
        assert f"another process (pid {process.pid}) is writing to shared" in result.stderr
    finally:
        process.kill()
        process.wait()


def test_a_signal_names_the_command_that_goes_on(folder: Path) -> None:
    process = subprocess.Popen(
        [*CIFARCNN, "train", "spec.yaml", "--output", "stopped", "--epochs", "100000",
         "--set", "training.callbacks=[]"],
        cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    while not (folder / "stopped" / "state" / "epoch-000001.npz").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "go on with: cifarcnn resume stopped" in stderr


FAULTY = """
import errno, os, sys
from pathlib import Path
from cifarcnn.files import atomic as files

wanted, count = int(sys.argv.pop(1)), 0
replace = Path.replace

def failing(self, target):
    global count
    count += 1
    if count == wanted:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return replace(self, target)

Path.replace = failing
from cifarcnn.cli import main
main()
"""


def run_with_fault(folder: Path, wanted: int, name: str) -> "subprocess.CompletedProcess[str]":
    """Train with the `wanted`-th file that is put into place failing for a full disk."""
    return subprocess.run(
        [sys.executable, "-c", FAULTY, str(wanted), "train", "spec.yaml", "--output", name],
        cwd=folder, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def test_a_write_that_fails_loses_nothing(folder: Path) -> None:
    """One of them; `test_faults.py` lets each fail, in all its parts."""
    name = "fault"
    result = run_with_fault(folder, 6, name)
    assert "Traceback" not in result.stderr
    assert "warning: " in result.stderr, "a failed write must be told"
    result = run_cifarcnn(folder, "resume", name)
    assert result.returncode == 0, result.stderr
    assert history_of(folder / name) == history_of(folder / "unbroken")
    assert summary_of(folder / name)["digest"] == summary_of(folder / "unbroken")["digest"]


def test_the_newest_whole_state_is_read(tmp_path: Path) -> None:
    from cifarcnn.runs.history import EpochRow
    from cifarcnn.training.state import StateStore, TrainingState

    store = StateStore(tmp_path / "state")
    rows = [EpochRow(epoch, 1.0, 0.1, 1.0, 0.1, 0.1, 1.0) for epoch in (1, 2, 3)]
    for count in (1, 2, 3):
        state = TrainingState(SPEC, "sha", {}, rows[:count], [], None, 1.0)
        state.variables = [np.full((50, 50), count, np.float32)]
        state.callbacks = [{"best": None, "best_weights": [np.ones(3)], "wait": count}]
        store.save(state)
    assert len(list((tmp_path / "state").iterdir())) == 2
    warnings: list[str] = []
    state = store.load(warnings.append)
    assert state.epoch == 3 and not warnings and state.callbacks[0]["wait"] == 3
    newest = tmp_path / "state" / "epoch-000003.npz"
    content = bytearray(newest.read_bytes())
    for place in range(30, len(content), 997):
        flipped = bytearray(content)
        flipped[place] ^= 4
        newest.write_bytes(flipped)
        state = store.load(warnings.append)
        assert state.epoch in (2, 3)
        assert (state.variables[0] == state.epoch).all()
    assert "going on from epoch 2 instead" in warnings[0]


def test_state_is_refused_when_it_is_not_ours(tmp_path: Path) -> None:
    from cifarcnn.errors import UserError
    from cifarcnn.training.state import StateStore

    folder = tmp_path / "state"
    folder.mkdir()
    outside = tmp_path / "outside.npz"
    np.savez(outside, x=np.zeros(3))
    (folder / "epoch-000001.npz").symlink_to(outside)
    np.savez_compressed(folder / "epoch-000002.npz", x=np.zeros(10**6))
    np.savez(folder / "epoch-000003.npz", x=np.array([{"a": os}], dtype=object)[:0])
    with pytest.raises(UserError, match="no other state") as caught:
        StateStore(folder).load(print)
    assert "not a regular file" in str(caught.value)
    assert "compressed" in str(caught.value)


def test_a_state_of_a_plug_in_that_is_missing_is_not_called_damaged(tmp_path: Path) -> None:
    from cifarcnn.errors import UserError
    from cifarcnn.training.state import StateStore, TrainingState

    store = StateStore(tmp_path / "state")
    spec = "name: a\nmodel: {layers: [flatten, my_own_layer, {dense: {units: 10}}]}\n"
    store.save(TrainingState(spec, "sha", {}, [], [], None, 0.0))
    with pytest.raises(
        UserError, match="the unknown layer 'my_own_layer', from a plug-in"
    ) as error:
        store.load(print)
    assert "damaged" not in str(error.value) and "--code" in str(error.value)
