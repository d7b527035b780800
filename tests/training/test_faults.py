"""Writes that fail: each in turn, all from one on, the disk full, the folder read-only or gone.

Whatever fails, a run goes on with a warning or ends with one clear line, and can be resumed to the
result of a run in which nothing failed.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.support.paths import SUPPORT
from tests.support.run import CIFARCNN, history_of, run_cifarcnn, summary_of

SPEC = """\
name: faulty
seed: 5
data: {dataset: demo, limit: 300, validation: 0.2}
model:
  layers:
    - conv2d: {filters: 3, kernel_size: 5, strides: 3, activation: relu}
    - dropout: {rate: 0.3}
    - flatten
    - dense: {units: 10, activation: softmax}
training:
  epochs: 2
  batch_size: 60
  optimizer: {sgd: {learning_rate: 0.05}}
  callbacks:
    - reduce_lr_on_plateau: {monitor: val_accuracy, patience: 1, factor: 0.5}
    - early_stopping: {monitor: val_loss, patience: 3, restore_best_weights: true}
    - model_checkpoint: {filepath: best.h5, save_best_only: true}
    - csv_logger
runtime: {deterministic: true}
"""
RESULTS = ("digest", "test_loss", "test_accuracy", "events", "stopped", "weights_of_epoch")
CHUNKS = 4
"""Into so many tests the many cases are divided, for several processes to share."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(7200),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]


@dataclass
class Outcome:
    """How a process ended, and the write calls that it made (`!` marks those that failed)."""

    code: int
    stdout: str
    stderr: str
    calls: list[str]


class FaultServer:
    """Runs the program with faults in a folder; see `fault_server.py`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, SUPPORT / "fault_server.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, run: str, *arguments: str, kind: str = "none", at: int = 0) -> Outcome:
        """Run `cifarcnn` with arguments, with a fault in what it writes into a run directory."""
        request = {
            "folder": str(self.folder),
            "arguments": arguments,
            "run": str(self.folder / run),
            "kind": kind,
            "at": at,
        }
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        code, stdout, stderr, calls = json.loads(self._process.stdout.readline())
        assert code != -signal.SIGALRM, "it hangs"
        return Outcome(code, stdout, stderr, calls.splitlines())

    def train(self, run: str, *, kind: str = "none", at: int = 0) -> Outcome:
        return self.run(run, "train", "spec.yaml", "--output", run, kind=kind, at=at)

    def resume(self, run: str, *, kind: str = "none", at: int = 0) -> Outcome:
        return self.run(run, "resume", run, kind=kind, at=at)

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultServer]:
    """A server whose folder holds the spec, and a run of it in which nothing failed."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "spec.yaml").write_text(SPEC)
    server = FaultServer(folder)
    whole = server.train("unbroken")
    assert whole.code == 0, whole.stderr
    (folder / "calls").write_text("\n".join(whole.calls))
    yield server
    server.close()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_each_write_of_a_training_may_fail(server: FaultServer, chunk: int) -> None:
    calls = (server.folder / "calls").read_text().splitlines()
    assert len(calls) > 150
    report(
        f"once in {len(calls)} writes, part {chunk + 1} of {CHUNKS}",
        {at: survives(server, f"once-{at}", "once", at)
         for at in range(chunk + 1, len(calls) + 1, CHUNKS)},
    )  # fmt: skip


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_each_write_of_a_resumption_may_fail(server: FaultServer, chunk: int) -> None:
    begun = a_run_killed_after_the_first_epoch(server)
    shutil.copytree(server.folder / begun, server.folder / f"whole-{chunk}")
    calls = server.resume(f"whole-{chunk}").calls
    assert len(calls) > 100
    outcomes = {}
    for at in range(chunk + 1, len(calls) + 1, CHUNKS):
        name = f"resumed-{at}"
        shutil.copytree(server.folder / begun, server.folder / name)
        outcomes[at] = survives(server, name, "once", at)
    report(f"once in {len(calls)} writes of a resumption, part {chunk + 1}", outcomes)


@pytest.mark.parametrize("kind", ["from then on", "kill"])
def test_a_disk_that_stays_full_and_a_kill_at_any_write(server: FaultServer, kind: str) -> None:
    calls = (server.folder / "calls").read_text().splitlines()
    report(
        kind,
        {at: survives(server, f"{kind.replace(' ', '-')}-{at}", kind, at)
         for at in range(3, len(calls) + 1, 10)},
    )  # fmt: skip


def test_the_system_refuses_bytes(server: FaultServer) -> None:
    """A limit on the size of files, which C code meets as well."""
    sizes = (200, 1_000, 3_000, 9_000, 20_000, 30_000, 50_000)
    report("file size", {at: survives(server, f"size-{at}", "file size", at) for at in sizes})


def a_run_killed_after_the_first_epoch(server: FaultServer) -> str:
    calls = (server.folder / "calls").read_text().splitlines()
    name = "begun"
    if not (server.folder / name).exists():
        at = calls.index(" replace state/epoch-000001.npz") + 4
        assert server.train(name, kind="kill", at=at).code == -signal.SIGKILL
    assert (server.folder / name / "state" / "epoch-000001.npz").exists()
    return name


def survives(server: FaultServer, name: str, kind: str, at: int) -> str:
    """Run into a fault, then resume without it; says how it went."""
    run = server.folder / name
    begun = run.exists()
    outcome = (server.resume if begun else server.train)(name, kind=kind, at=at)
    failed = next((call[1:] for call in outcome.calls if call.startswith("!")), "")
    told = f"{kind} {at} ({failed}): exit {outcome.code}\n{outcome.stderr}"
    assert "Traceback" not in outcome.stderr, told
    assert outcome.code in ((-signal.SIGKILL,) if kind == "kill" else (0, 1, 2)), told
    if outcome.code == 0:
        warned = "warning: " in outcome.stderr
        assert warned or files_of(run) == files_of(server.folder / "unbroken"), told
        assert_equals_unbroken(server, run, told)
        how = "went on with a warning" if warned else "went on"
    else:
        assert kind == "kill" or "error: " in outcome.stderr, told
        if not list(run.glob("state/epoch-*.npz")):
            assert "goes on from the last state" not in outcome.stderr, told
            return f"ended with exit {outcome.code}, no state was ever written"
        how = f"ended with exit {outcome.code}, resumed"
    again = server.resume(name) if outcome.code else outcome
    assert again.code == 0, f"{told}\nresumed: {again.stderr}"
    assert_equals_unbroken(server, run, told)
    leftovers = [path.name for path in run.rglob(".*") if path.name != ".lock"]
    assert outcome.code == 0 or not leftovers, told
    shutil.rmtree(run)
    return how


def files_of(run: Path) -> set[str]:
    return {str(path.relative_to(run)) for path in run.rglob("*")}


def assert_equals_unbroken(server: FaultServer, run: Path, told: str) -> None:
    unbroken = server.folder / "unbroken"
    assert history_of(run) == history_of(unbroken), told
    one, other = summary_of(run), summary_of(unbroken)
    assert [one[key] for key in RESULTS] == [other[key] for key in RESULTS], told
    assert (run / "checkpoint.h5").stat().st_size == (unbroken / "checkpoint.h5").stat().st_size
    with np.load(run / "predictions.npz") as ours, np.load(unbroken / "predictions.npz") as theirs:
        assert np.array_equal(ours["logits"], theirs["logits"]), told


def report(what: str, outcomes: dict[int, str]) -> None:
    print(f"\n{what}: {len(outcomes)} cases: {dict(Counter(outcomes.values()).most_common())}")


def mounted(folder: Path, size: str) -> bool:
    """Put a small file system of its own into a folder, where that is allowed."""
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """Of 64 kB, on which some of the files find room; then of 10 MB."""
    (tmp_path / "spec.yaml").write_text(SPEC)
    assert run_cifarcnn(tmp_path, "train", "spec.yaml", "--output", "unbroken").returncode == 0
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mounted(disk, "64k"):
        pytest.skip("file systems may not be mounted here")
    try:
        result = run_cifarcnn(tmp_path, "train", "spec.yaml", "--output", "disk/run")
        assert result.returncode == 1, result.stderr
        assert "No space left on device" in result.stderr and "Traceback" not in result.stderr
        assert "`cifarcnn resume disk/run` goes on from the last state" in result.stderr
        command = ["mount", "-o", "remount,size=10m", str(disk)]
        subprocess.run(command, check=True)
        result = run_cifarcnn(tmp_path, "resume", "disk/run")
        assert result.returncode == 0, result.stderr
        assert history_of(disk / "run") == history_of(tmp_path / "unbroken")
        assert summary_of(disk / "run")["digest"] == summary_of(tmp_path / "unbroken")["digest"]
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def begin_long(folder: Path) -> "subprocess.Popen[str]":
    """Begin a run of 12 epochs and wait for the second."""
    (folder / "spec.yaml").write_text(SPEC)
    process = subprocess.Popen(
        [*CIFARCNN, "train", "spec.yaml", "--output", "run", *LONG],
        cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    while not (folder / "run" / "state" / "epoch-000002.npz").exists():
        assert process.poll() is None
        time.sleep(0.005)
    return process


LONG = ("--epochs", "40", "--set", "training.callbacks=[]")


def ended(process: "subprocess.Popen[str]") -> str:
    """Wait for a run that cannot write any more; it trains to the end and says what is missing."""
    _, stderr = process.communicate(timeout=240)
    assert process.returncode == 1, stderr
    assert "Traceback" not in stderr
    assert "the training goes on" in stderr and "epoch 40/40" in stderr
    return stderr


def assert_resumes_like_unbroken(folder: Path) -> None:
    result = run_cifarcnn(folder, "resume", "run")
    assert result.returncode == 0, result.stderr
    result = run_cifarcnn(folder, "train", "spec.yaml", "--output", "unbroken", *LONG)
    assert result.returncode == 0, result.stderr
    assert history_of(folder / "run") == history_of(folder / "unbroken")
    assert summary_of(folder / "run")["digest"] == summary_of(folder / "unbroken")["digest"]


def test_a_folder_that_becomes_read_only(tmp_path: Path) -> None:
    process = begin_long(tmp_path)
    run = tmp_path / "run"
    commands = [["mount", "--bind", run, run], ["mount", "-o", "remount,ro,bind", run]]
    if os.geteuid() != 0:
        commands = [["chmod", "a-w", run / "state"], ["chmod", "a-w", run]]
    done = [subprocess.run([str(word) for word in command], check=False) for command in commands]
    if any(command.returncode for command in done):
        process.kill()
        process.communicate()
        pytest.skip("file systems may not be mounted here")
    try:
        stderr = ended(process)
        assert "could not write run/state: " in stderr
        assert "`cifarcnn resume run` goes on from the last state written" in stderr
        result = run_cifarcnn(tmp_path, "resume", "run")
        assert result.returncode == 2 and "cannot write to run: " in result.stderr
    finally:
        undo = ["umount", run] if os.geteuid() == 0 else ["chmod", "u+w", run, run / "state"]
        subprocess.run([str(word) for word in undo], check=True)
    assert_resumes_like_unbroken(tmp_path)


@pytest.mark.parametrize("forever", [True, False])
def test_a_folder_that_vanishes(tmp_path: Path, forever: bool) -> None:
    """Removed, or moved away and put back after the run has ended."""
    process = begin_long(tmp_path)
    (tmp_path / "run").rename(tmp_path / "away")
    stderr = ended(process)
    assert "No such file or directory" in stderr
    assert "no state of it is on disk, so it can only be trained again" in stderr
    if forever:
        result = run_cifarcnn(tmp_path, "resume", "run")
        assert result.returncode == 2 and "is not a run directory" in result.stderr
    else:
        (tmp_path / "away").rename(tmp_path / "run")
        assert_resumes_like_unbroken(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "file").touch()
    for place in ("file/run", "/proc/run"):
        result = run_cifarcnn(tmp_path, "train", "spec.yaml", "--output", place)
        assert result.returncode == 2, result.stderr
        assert f"cannot write a run to {place}: " in result.stderr
        assert "Traceback" not in result.stderr
