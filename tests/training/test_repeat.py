"""`cifarcnn repeat`: what runs, what is left alone, what is reported, and how it is stopped."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from scipy import stats

from cifarcnn.cli.commands import repeat as repeat_command
from cifarcnn.files.lock import RunLock
from cifarcnn.processes.child_process import ChildProcesses
from cifarcnn.processes.environment import child_environment
from cifarcnn.processes.run_module import module_command
from cifarcnn.training.repeat import failure_of_run
from tests.support.command import invoke
from tests.support.fake_runs import first_correct, write_run
from tests.support.paths import ROOT
from tests.support.run import CIFARCNN, history_of, run_cifarcnn, summary_of
from tests.support.specs import TINY

FAKE = "tests.support.fake_child"


@pytest.fixture(scope="module")
def finished_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake leaves: seed N recognizes 100 + N of 200 images."""
    folder = tmp_path_factory.mktemp("finished")
    for seed in range(1, 9):
        write_run(folder / f"seed-{seed}", seed=seed, correct=first_correct(100 + seed))
    return folder


@pytest.fixture
def folder(tmp_path: Path, finished_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with `tiny.yaml`, in which a fake trains."""
    monkeypatch.setenv("FINISHED_RUNS", str(finished_runs))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(repeat_command, "CHILD_MODULE", FAKE)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "tiny.yaml").write_text(TINY)
    return tmp_path


def repeat(*arguments: str) -> Result:
    result = invoke(["repeat", "tiny.yaml", *arguments])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    assert all(c.isprintable() or c == "\n" for c in result.output)
    return result


def summary(folder: Path, name: str = "rep") -> Any:
    return json.loads((folder / name / "repeat.json").read_text())


def calls() -> list[str]:
    """The commands that ran, without the environment."""
    path = Path("calls.txt")
    return [line.partition(" epochs=")[0] for line in path.read_text().splitlines()]


def test_each_seed_has_a_run_and_their_results_a_summary(folder: Path) -> None:
    result = repeat("--seeds", "3", "--output", "rep")
    assert result.exit_code == 0
    assert calls() == [
        f"train rep/spec.yaml --seed {seed} --output rep/seed-{seed}" for seed in (3, 4, 5)
    ]
    found = summary(folder)
    values = np.array([103, 104, 105]) / 200
    assert [row["test_accuracy"] for row in found["seeds"]] == list(values)
    assert {row["status"] for row in found["seeds"]} == {"finished"}
    low, high = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
    expected = {"count": 3, "mean": 0.52, "deviation": 0.005, "low": low, "high": high}
    assert found["test_accuracy"] == pytest.approx(expected)
    assert "mean accuracy       0.5200   (demo, not CIFAR-10, 200 images)" in result.stdout
    assert "standard deviation  0.0050" in result.stdout
    assert f"95 % interval       {low:.4f} to {high:.4f}" in result.stdout
    assert "seed 4 (2 of 3)\n" in result.stderr


def test_json_is_what_lies_in_the_folder(folder: Path) -> None:
    result = repeat("--seeds", "8,", "--output", "rep", "--json", "--quiet")
    assert result.stderr == ""
    assert json.loads(result.stdout) == {"folder": "rep", **summary(folder)}
    assert summary(folder)["test_accuracy"]["deviation"] is None
    assert calls() == ["train rep/spec.yaml --seed 8 --output rep/seed-8 --quiet"]


def test_without_output_the_folder_is_new(folder: Path) -> None:
    assert repeat("--seeds", "1,2").exit_code == 0
    (made,) = (folder / "runs").iterdir()
    assert re.fullmatch(r"tiny-repeat-\d{8}-\d{6}", made.name)
    assert sorted(p.name for p in made.iterdir() if p.is_dir()) == ["seed-1", "seed-2"]


def test_called_again_only_what_is_missing_is_run(folder: Path) -> None:
    repeat("--seeds", "3,4", "--output", "rep")
    Path("calls.txt").unlink()
    result = repeat("--seeds", "4", "--output", "rep")  # 3 to 6
    assert calls() == [
        f"train rep/spec.yaml --seed {seed} --output rep/seed-{seed}" for seed in (5, 6)
    ]
    assert result.stderr.startswith("seed 3: test accuracy 0.5150\n")
    assert summary(folder)["test_accuracy"]["count"] == 4
    repeat("--seeds", "1", "--output", "rep")
    assert len(calls()) == 2 and summary(folder)["test_accuracy"]["count"] == 4


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("fail", "the loss became NaN in epoch 2, batch 5\x1b[2J\n  a smaller learning rate"),
        ("kill", "ended by SIGKILL (out of memory?)"),
        ("crash", "ended with exit code 1"),
    ],
)
def test_a_seed_that_fails_is_reported_and_the_others_run(
    folder: Path, what: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("seed-4.txt").write_text(what)
    result = repeat("--seeds", "3", "--output", "rep")
    assert result.exit_code == 1
    assert f"seed 4 failed: {reason.partition(chr(27))[0]}" in result.stdout
    assert [row["status"] for row in summary(folder)["seeds"]] == ["finished", "failed", "finished"]
    assert summary(folder)["seeds"][1]["reason"].startswith(reason)
    assert summary(folder)["test_accuracy"]["count"] == 2
    Path("seed-4.txt").unlink()
    result = repeat("--seeds", "3", "--output", "rep")
    assert result.exit_code == 0 and calls()[-1] == "resume rep/seed-4"


def test_a_run_that_ended_before_its_first_state_is_begun_again(folder: Path) -> None:
    Path("seed-3.txt").write_text("beginning")
    assert repeat("--seeds", "1", "--output", "rep").exit_code == 1
    Path("seed-3.txt").unlink()
    assert repeat("--seeds", "1", "--output", "rep").exit_code == 0
    assert calls() == 2 * ["train rep/spec.yaml --seed 3 --output rep/seed-3"]


def test_files_that_no_run_has_written_are_never_removed(folder: Path) -> None:
    repeat("--seeds", "3,", "--output", "rep")
    (folder / "rep" / "seed-4").mkdir()
    (folder / "rep" / "seed-4" / "notes.txt").write_text("mine")
    result = repeat("--seeds", "2", "--output", "rep")
    assert result.exit_code == 1
    assert "seed-4 holds no state to go on from, but notes.txt; move it away" in result.stdout
    assert (folder / "rep" / "seed-4" / "notes.txt").read_text() == "mine"


def test_wrong_input_ends_it_at_the_first_seed(folder: Path) -> None:
    """It would be as wrong for the others; and nothing is left behind."""
    for seed in (3, 4):
        Path(f"seed-{seed}.txt").write_text("refuse")
    result = repeat("--seeds", "2", "--output", "rep")
    assert (result.exit_code, len(calls())) == (2, 1)
    assert "error: no such data\n  look elsewhere\n" in result.stderr
    assert not (folder / "rep").exists()


def test_wrong_input_removes_nothing_that_was_there_before(folder: Path) -> None:
    Path("seed-3.txt").write_text("refuse")
    rep = folder / "rep"
    (rep / ".git").mkdir(parents=True)
    (rep / ".git" / "HEAD").write_text("mine")
    shutil.copy("tiny.yaml", rep / "spec.yaml")
    assert repeat("--seeds", "1", "--output", "rep").exit_code == 2
    assert sorted(path.name for path in rep.rglob("*")) == [".git", "HEAD", "spec.yaml"]
    assert (rep / "spec.yaml").read_text() == Path("tiny.yaml").read_text()


def test_the_device_of_a_later_call_is_that_of_its_runs(folder: Path) -> None:
    Path("seed-3.txt").write_text("fail")
    repeat("--seeds", "3,", "--output", "rep", "--device", "auto")
    (folder / "rep" / "seed-3" / "spec.yaml").write_text(Path("rep/spec.yaml").read_text())
    Path("seed-3.txt").unlink()
    repeat("--seeds", "3,4", "--output", "rep", "--device", "cpu")
    assert calls()[-2:] == [
        "resume rep/seed-3 --device cpu",
        "train rep/spec.yaml --seed 4 --output rep/seed-4 --device cpu",
    ]


def test_another_spec_is_refused_naming_the_keys(folder: Path) -> None:
    repeat("--seeds", "3,", "--output", "rep")
    before = (folder / "rep" / "spec.yaml").read_bytes()
    result = repeat("--seeds", "2", "--output", "rep", "--epochs", "9", "--batch-size", "8")
    assert result.exit_code == 2
    assert "rep is a repeat of another spec: they differ in training.epochs and " in result.stderr
    assert "training.batch_size" in result.stderr
    assert (folder / "rep" / "spec.yaml").read_bytes() == before and len(calls()) == 1


def test_a_run_of_another_spec_in_the_folder_is_refused(folder: Path) -> None:
    repeat("--seeds", "3,4", "--output", "rep")
    rep = folder / "rep"
    (rep / "seed-3" / "spec.yaml").write_bytes((rep / "seed-4" / "spec.yaml").read_bytes())
    result = repeat("--seeds", "2", "--output", "rep")
    assert result.exit_code == 2
    assert "the run rep/seed-3 is of another spec: they differ in seed" in result.stderr


def test_a_folder_that_is_something_else_is_refused(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").touch()
    assert "exists already" in repeat("--output", "mine").stderr
    repeat("--seeds", "1", "--output", "rep")
    result = repeat("--output", "rep/seed-3")
    assert result.exit_code == 2 and "is not the folder of a repeat" in result.stderr
    (folder / "rep" / "seed-4").symlink_to(folder / "mine")
    result = repeat("--output", "rep")
    assert result.exit_code == 2 and "is a link that leads out of the run" in result.stderr


def test_a_beginning_that_was_killed_goes_on(folder: Path) -> None:
    (folder / "rep").mkdir()
    (folder / "rep" / ".lock").touch()
    assert repeat("--seeds", "1", "--output", "rep").exit_code == 0
    (folder / "rep" / "repeat.json").unlink()
    (folder / "rep" / "seed-3").rename(folder / "elsewhere")
    assert repeat("--seeds", "1", "--output", "rep").exit_code == 0
    assert (folder / "rep" / "seed-3" / "summary.json").exists()
    Path("file").touch()
    assert "--output file exists already" in repeat("--output", "file").stderr


def test_two_repeats_cannot_share_a_folder(folder: Path) -> None:
    repeat("--seeds", "1", "--output", "rep")
    with RunLock(folder / "rep"):
        result = repeat("--seeds", "2", "--output", "rep")
    assert result.exit_code == 2 and "is writing to rep" in result.stderr


def test_options_beat_variables_in_every_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs read the resolved spec; a variable must not change it a second time."""
    monkeypatch.setenv("CIFARCNN_EPOCHS", "2")
    repeat("--seeds", "1", "--epochs", "9", "--output", "rep", "--data-dir", "x")
    assert "epochs: 9" in (folder / "rep" / "spec.yaml").read_text()
    assert Path("calls.txt").read_text().endswith("--data-dir x epochs=None\n")


@pytest.mark.parametrize(
    ("seeds", "reason"),
    [
        ("0", "expected 1 to 1,000 seeds"),
        ("99999", "expected 1 to 1,000 seeds"),
        ("x", "expected a number of seeds such as 5, or a list such as 1,2,3"),
        ("-1", "expected a number of seeds"),
        ("1,,2", "expected a number of seeds"),
        ("1,2,1", "a seed occurs twice"),
        ("1,4294967296", "expected seeds up to 4,294,967,295"),
    ],
)
def test_seeds_that_are_none(folder: Path, seeds: str, reason: str) -> None:
    result = repeat("--seeds", seeds)
    assert result.exit_code == 2 and reason in result.stderr, result.stderr


RUN_FAKE = f"""
import signal, sys
# As in a terminal, also where the tests themselves run in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from cifarcnn.cli.commands import repeat
repeat.CHILD_MODULE = {FAKE!r}
from cifarcnn.cli import main
sys.argv[0] = "cifarcnn"
main()
"""


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_for(path: Path, process: "subprocess.Popen[Any]") -> None:
    wait_until(lambda: path.exists() or process.poll() is not None)
    assert process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_run_under_way_and_names_the_command(
    folder: Path, number: signal.Signals
) -> None:
    Path("seed-4.txt").write_text("wait")
    words = ["repeat", "tiny.yaml", "--seeds", "3", "--output", "my rep", "--data-dir", "d"]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_FAKE, *words], stderr=subprocess.PIPE, text=True
    )
    wait_for(folder / "waiting", process)
    process.send_signal(number)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == {signal.SIGHUP: 129}.get(number, 128 + number)
    assert "interrupted; 1 of 3 seeds are finished\n" in errors
    command = "repeat 'my rep/spec.yaml' --data-dir d --seeds 3,4,5 --output 'my rep'"
    assert f"  go on with: cifarcnn {command}\n" in errors
    statuses = [row["status"] for row in summary(folder, "my rep")["seeds"]]
    assert statuses == ["finished", "unfinished", "unfinished"]
    Path("seed-4.txt").unlink()
    again = [sys.executable, "-c", RUN_FAKE, *shlex.split(command)]
    assert subprocess.run(again, stderr=subprocess.DEVNULL, check=False).returncode == 0
    assert [call.split()[0] for call in calls()] == ["train", "train", "resume", "train"]


def state_of(pid: int) -> str:
    """`S` for a process that sleeps, `T` for one that is stopped."""
    words = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout[:1]


@pytest.mark.slow  # without a terminal the system may ignore the signal
def test_ctrl_z_stops_the_run_under_way_too(folder: Path) -> None:
    Path("seed-3.txt").write_text("wait")
    words = ["repeat", "tiny.yaml", "--output", "rep"]
    process = subprocess.Popen([sys.executable, "-c", RUN_FAKE, *words], stderr=subprocess.DEVNULL)
    wait_for(folder / "waiting", process)
    both = process.pid, int((folder / "waiting").read_text())
    process.send_signal(signal.SIGTSTP)
    wait_until(lambda: {state_of(pid) for pid in both} == {"T"})
    process.send_signal(signal.SIGCONT)
    wait_until(lambda: "T" not in {state_of(pid) for pid in both})
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["train", "nothing"], "nothing: there is no such file"),
        (["resume", "nothing"], "nothing is not a run directory"),
        (["train", "basic", "--epochs", "x"], "'x' is not a valid integer"),
        (["--version"], None),
    ],
)
def test_a_child_gives_the_reason_why_it_ended(words: list[str], reason: str | None) -> None:
    """The real one, on what it finds out without a framework."""
    command = module_command(repeat_command.CHILD_MODULE, *words)
    with ChildProcesses() as children:
        ended = children.run(command, child_environment(), show_errors=True)
    assert ended.exit_code == (2 if reason else 0)
    assert reason in failure_of_run(ended) if reason else not ended.output


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["Ctrl-C", "killed", "killed with its run"])
def test_an_interrupted_repeat_ends_like_unbroken_runs(tmp_path: Path, kind: str) -> None:
    """With real trainings: every seed has the history and the weights of a run of its own."""
    (tmp_path / "tiny.yaml").write_text(
        TINY.replace("epochs: 3", "epochs: 40") + "runtime: {deterministic: true}\n"
    )
    words = ["repeat", "tiny.yaml", "--seeds", "2", "--output", "rep"]
    process = subprocess.Popen([*CIFARCNN, *words], cwd=tmp_path, start_new_session=True)
    wait_for(tmp_path / "rep" / "seed-4" / "state" / "epoch-000002.npz", process)
    if kind == "Ctrl-C":
        process.send_signal(signal.SIGINT)
    else:
        process.kill()
        if kind == "killed with its run":
            lock = (tmp_path / "rep" / "seed-4" / ".lock").read_text()
            os.kill(int(lock.split()[1]), signal.SIGKILL)
    assert process.wait() == (130 if kind == "Ctrl-C" else -signal.SIGKILL)
    assert not (tmp_path / "rep" / "seed-4" / "summary.json").exists(), "it came too late"
    again = run_cifarcnn(tmp_path, *words)
    if kind == "killed":  # its run goes on by itself, and nobody else writes to it
        assert again.returncode == 1 and "seed 4 failed: another process" in again.stdout
        wait_until((tmp_path / "rep" / "seed-4" / "summary.json").exists)
        again = run_cifarcnn(tmp_path, *words)
    assert again.returncode == 0, again.stderr
    for seed in (3, 4):
        name = f"unbroken-{seed}"
        run_cifarcnn(tmp_path, "train", "tiny.yaml", "--seed", str(seed), "--output", name)
        run, unbroken = tmp_path / "rep" / f"seed-{seed}", tmp_path / name
        assert history_of(run) == history_of(unbroken)
        assert summary_of(run)["digest"] == summary_of(unbroken)["digest"]
