"""`cifarcnn benchmark`: what is run, what is shown, what is refused, and how it is stopped."""

import importlib.util
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cifarcnn.cli import command_line
from cifarcnn.data.load import DATA_DIR_VARIABLE
from cifarcnn.language.load import load_resolved
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.processes.child_process import ChildProcesses
from cifarcnn.processes.run_module import Ended
from tests.support.run import run_cifarcnn

HAS_TORCH = importlib.util.find_spec("torch") is not None
SECONDS = {"cifarcnn": [1.0, 2.0, 4.0], "keras": [2.0, 4.0, 12.0], "torch": [1.0, 1.0, 2.0]}
"""Of the timed epoch, round by round."""


class FakeChildren:
    """Stands in for the processes; writes down what was called."""

    def __init__(self) -> None:
        self.programs: list[str] = []
        self.words: list[list[str]] = []
        self.specs: list[Any] = []
        self.environments: list[dict[str, str]] = []
        self.changes: dict[str, dict[str, Any]] = {}
        """What a program prints otherwise."""
        self.outputs: dict[str, Ended] = {}
        """What a program does instead of its work."""

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> Ended:
        words = [str(word) for word in command]
        self.words.append(words)
        self.environments.append(dict(environment))
        if words[3:4] == ["cifarcnn.benchmark.peer_data"]:
            Path(words[5]).touch()
            return self.outputs.get("data", Ended(0, "", ""))
        program = "cifarcnn" if words[1] == "-P" else Path(words[1]).stem.removesuffix("_script")
        if program == "cifarcnn":
            self.specs.append(load_resolved(Path(words[4])))
        number = self.programs.count(program)
        self.programs.append(program)
        if program in self.outputs:
            return self.outputs[program]
        data = self.data(program, SECONDS[program][number % 3]) | self.changes.get(program, {})
        return Ended(0, f"Epoch 1/2\n{json.dumps(data)}\n", "")

    def data(self, program: str, seconds: float) -> dict[str, Any]:
        spec = self.specs[-1]
        images = round(spec.data.limit * (0.9 if spec.data.validation == 0.1 else 1))
        data: dict[str, Any] = {
            "program": program,
            "began": 0.0,
            "import_seconds": 4.0,
            "data_seconds": 2.0,
            "build_seconds": 1.0,
            "first_step_seconds": 0.5,
            "images": images,
            "steps": -(-images // spec.training.batch_size),
            "epoch_seconds": [9.0, seconds],
            "peak_memory_bytes": 1_200_000_000 if program == "cifarcnn" else 2_400_000_000,
            "parameters": plan_network(spec.model.layers).parameters.total,
            "device": "CPU",
            "versions": {program: "1.2.3"},
            "environment": {"OMP_NUM_THREADS": "2"},
        }
        if program == "cifarcnn":
            data["matrix_product"] = {
                "size": 2048,
                "dtype": "float32",
                "flop_per_second": [99e9, 101e9],
            }
            data["switches"] = {"TF_ENABLE_ONEDNN_OPTS": "1"}
        return data


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeChildren:
    fake = FakeChildren()
    monkeypatch.setattr(ChildProcesses, "run", lambda _, *args: fake.run(*args))
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    monkeypatch.chdir(tmp_path)
    archive = tmp_path / "cifar-10-python.tar.gz"
    archive.touch()  # the fake processes read no data
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(archive))
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: name if name == "torch" else real(name)
    )
    return fake


def benchmark(*arguments: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "120"})
    result = runner.invoke(command_line, ["benchmark", *arguments])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    return result


def data_of(*arguments: str) -> Any:
    result = benchmark(*arguments, "--json", "--quiet")
    assert result.exit_code == 0, result.stderr
    assert not result.stderr
    return json.loads(result.stdout)


def cells(result: Result, row: str) -> list[list[str]]:
    """The columns of the rows of all tables that begin in a certain way."""
    lines = [line.strip() for line in result.stdout.splitlines()]
    return [
        re.sub("[()]", "", line).split() for line in lines if " ".join(line.split()).startswith(row)
    ]


def test_the_default_is_three_rounds_of_deeper_3x3(children: FakeChildren) -> None:
    result = benchmark()
    assert result.exit_code == 0
    assert children.programs == ["cifarcnn"] * 3
    assert [spec.name for spec in children.specs] == ["deeper_3x3"] * 3
    speed, start = cells(result, "deeper_3x3 cifarcnn")
    # 10,000 images in 2 seconds, 313 steps, 60.577 MFLOP for each image, matmul at 100 GFLOP/s
    assert speed[2:] == ["5,000", "2,500", "to", "10,000", "6.4", "60.6", "302.9", "303%"]
    assert start[-5:] == ["4.0", "2.0", "1.0", "0.5", "1,200"]
    assert "ratio" not in result.stdout
    assert "10,000 images of cifar10 in batches of 32" in result.stdout
    assert "round 3 of 3  cifarcnn  2,500 images/s" in result.stderr


def test_programs_take_turns_and_the_ratio_is_that_of_the_rounds(children: FakeChildren) -> None:
    result = benchmark("--vs", "keras", "--vs", "torch", "--rounds", "3")
    assert result.exit_code == 0
    assert children.programs == ["cifarcnn", "keras", "torch"] * 3
    (keras,) = cells(result, "deeper_3x3 cifarcnn / keras")
    assert keras[4:] == [
        "2.00",
        "2.00",
        "to",
        "3.00",
        "1.00",
        "1.00",
        "to",
        "1.00",
        "0.50",
        "0.50",
        "to",
        "0.50",
    ]
    (torch,) = cells(result, "deeper_3x3 cifarcnn / torch")
    assert torch[4:8] == ["0.50", "0.50", "to", "1.00"]
    assert "variables of the keras script: OMP_NUM_THREADS=2" in result.stdout


def test_ratios_are_of_five_rounds(children: FakeChildren) -> None:
    benchmark("--vs", "keras")
    assert children.programs == ["cifarcnn", "keras"] * 5


def test_json_holds_every_single_value(children: FakeChildren) -> None:
    data = data_of("deeper_3x3", "basic", "--vs", "keras", "--rounds", "2", "--images", "4000")
    assert {"machine", "command", "rounds", "specs"} <= data.keys()
    deeper, basic = data["specs"]
    assert (deeper["name"], basic["name"]) == ("deeper_3x3", "basic")
    assert deeper["training_mflop_per_image"] == 60.576768
    assert deeper["ratios"]["keras"]["images_per_second"]["values"] == [2.0, 2.0]
    assert [r["epoch_seconds"] for r in deeper["programs"]["keras"]["rounds"]] == [[9, 2], [9, 4]]
    ours = deeper["programs"]["cifarcnn"]
    assert ours["images_per_second"]["values"] == [4000, 2000]
    assert ours["share_of_matrix_product"]["median"] == pytest.approx(3000 * 60.576768e6 / 100e9)
    assert deeper["programs"]["keras"]["share_of_matrix_product"] is None


def test_the_scripts_get_the_users_environment_and_the_same_images(
    children: FakeChildren, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    benchmark("basic", "--vs", "keras", "--rounds", "1", "--batch-size", "64", "--device", "cpu")
    data, ours, script = children.words
    assert data[4] == ours[4]
    assert script[2:4] == ["basic", "--data"] and script[4] == data[5]
    assert script[5:] == ["--batch-size", "64", "--epochs", "2"]
    assert "TF_ENABLE_ONEDNN_OPTS" not in children.environments[2]
    assert children.environments[2]["CUDA_VISIBLE_DEVICES"] == "-1"
    assert not Path(ours[4]).exists()  # nothing is left behind


def test_the_training_is_the_specs_own_but_for_its_number_of_images(
    children: FakeChildren,
) -> None:
    benchmark("vgg", "--images", "900", "--rounds", "1", "--set", "training.epochs=1")
    (spec,) = children.specs
    assert spec.data.limit == 1000  # of which a tenth is held out
    assert [entry.entry_name for entry in spec.data.augment] == ["flip", "pad_and_crop"]
    assert spec.training.epochs == 3  # the timed epoch is not the last one


def test_peers_do_not_augment_and_that_is_told(children: FakeChildren) -> None:
    data = data_of("vgg", "--images", "900", "--rounds", "1", "--vs", "keras")
    assert data["specs"][0]["notes"] == [
        "cifarcnn augments its images (flip and pad_and_crop), the scripts do not"
    ]


def test_without_the_data_at_hand_generated_images_are_taken(
    children: FakeChildren, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(DATA_DIR_VARIABLE)
    for name in ("KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    result = benchmark("--rounds", "1", "--images", "50000")
    assert result.exit_code == 0
    assert children.specs[0].data.dataset == "demo"
    assert "cifar10 is not at hand: trained on generated images (demo)" in result.stdout
    assert "there are only 10,000 images to train on" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["two_conv", "--vs", "keras"],
            "--vs: the scripts, which are written by hand, have only deeper_3x3, basic and vgg; "
            "two_conv is none of these networks",
        ),
        (
            ["basic", "--vs", "torch", "--set", "training.optimizer.adam.learning_rate=1e-4"],
            "--vs: the scripts have basic as it is shipped, but training.optimizer differs",
        ),
        (["basic", "--images", "10"], "basic: 10 images are less than one batch of 32"),
        (["basic", "--data-dir", "nowhere"], "--data-dir names nowhere, which does not exist"),
        (["basic", "no_such"], "no_such: there is no such file"),
        (["--vs", "jax"], "'jax' is not one of 'keras', 'torch'"),
        (["--rounds", "0"], "0 is not in the range"),
        (["--images", "9"], "9 is not in the range"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_runs(
    children: FakeChildren, arguments: list[str], message: str
) -> None:
    result = benchmark(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not result.stdout and not children.words


def test_the_same_network_under_another_name_has_its_peers(children: FakeChildren) -> None:
    assert benchmark("deeper_3x3_plateau", "--vs", "keras").exit_code == 0
    assert children.words[-1][2] == "deeper_3x3"


def test_a_missing_extra_is_named(children: FakeChildren, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = benchmark("--vs", "torch")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "error: --vs torch needs what is not installed (torch): pip install 'cifarcnn[benchmark]'"
    ]


@pytest.mark.parametrize(
    ("program", "output", "code", "message"),
    [
        ("cifarcnn", Ended(2, "", "no such device\n  try another\n"), 2, "error: no such device"),
        ("data", Ended(2, "", "the archive is damaged\n"), 2, "error: the archive is damaged"),
        (
            "keras",
            Ended(1, "", "\n".join(f"line {n}" for n in range(100)) + "\n\x1b[2JBoom\n"),
            1,
            "the keras script failed with exit code 1; its last lines:\n  line 89\n",
        ),
        ("keras", Ended(-9, "", ""), 1, "the keras script was ended by SIGKILL\n"),
        ("keras", Ended(0, "Epoch 1/2\n", ""), 1, "keras gave no result, but: 'Epoch 1/2'"),
        ("keras", Ended(0, "", ""), 1, "keras gave no result, but: ''"),
        ("keras", Ended(0, '{"images": 9}', ""), 1, """gave no result, but: '{"images": 9}'"""),
    ],
)
def test_a_process_that_fails_is_reported_with_its_last_lines(
    children: FakeChildren, program: str, output: Ended, code: int, message: str
) -> None:
    children.outputs[program] = output
    result = benchmark("--vs", "keras", "--quiet")
    assert result.exit_code == code
    assert message in result.stderr
    assert "\x1b" not in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": 132_459}, "keras trains with 132,459 parameters, expected 132,458"),
        ({"images": 9999}, "keras trains with 9,999 images, expected 10,000"),
        ({"device": "GPU"}, "keras runs on the GPU instead of CPU"),
    ],
)
def test_what_is_not_the_same_work_is_not_compared(
    children: FakeChildren, change: dict[str, Any], message: str
) -> None:
    children.changes["keras"] = change
    result = benchmark("--vs", "keras", "--device", "cpu")
    assert result.exit_code == 1
    assert message in result.stderr


def test_a_busy_machine_is_told(children: FakeChildren, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (4.0 * (os.cpu_count() or 1), 0.0, 0.0))
    result = benchmark("--rounds", "1")
    assert "warning: this machine is busy" in result.stderr
    assert "warning" not in result.stdout


def test_ctrl_c_ends_the_process_that_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command in this process, its first child really running."""
    script = tmp_path / "waits.py"
    script.write_text("import time\nprint('here', flush=True)\ntime.sleep(100)\n")
    ended: list[Ended] = []
    real = ChildProcesses.run

    def run(self: ChildProcesses, command: Sequence[str], environment: Mapping[str, str]) -> Ended:
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
        ended.append(real(self, [sys.executable, str(script)], environment))
        return ended[-1]

    monkeypatch.setattr(ChildProcesses, "run", run)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored
    try:
        result = benchmark("quickstart", "--quiet")
    finally:
        signal.signal(signal.SIGINT, before)
    assert result.exit_code == 130
    assert "interrupted" in result.stderr and not result.stdout
    (child,) = ended
    assert (child.exit_code, child.output) == (-signal.SIGINT, "here\n")


def test_a_program_is_run_with_what_it_writes_kept() -> None:
    program = "import os, sys; print(os.environ['WORD']); sys.exit(f'bad')"
    with ChildProcesses() as children:
        done = children.run([sys.executable, "-c", program], os.environ | {"WORD": "good"})
    assert done == Ended(1, "good\n", "bad\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "peer",
    [
        "keras",
        pytest.param("torch", marks=pytest.mark.skipif(not HAS_TORCH, reason="without PyTorch")),
    ],
)
def test_the_command_for_real(tmp_path: Path, peer: str) -> None:
    arguments = ("benchmark", "basic", "--vs", peer, "--rounds", "1", "--images", "640", "--json")
    # The threads of PyTorch wait for each other in a loop, which takes forever on a busy machine.
    one_thread = {"OMP_NUM_THREADS": "1"}
    done = run_cifarcnn(tmp_path, *arguments, "--set", "data.dataset=demo", **one_thread)
    assert done.returncode == 0, done.stderr
    (spec,) = json.loads(done.stdout)["specs"]
    assert (spec["dataset"], spec["images"], spec["parameters"]) == ("demo", 640, 40_714)
    for program in ("cifarcnn", peer):
        found = spec["programs"][program]
        assert len(found["rounds"]) == 1
        assert 0 < found["images_per_second"]["median"] < 1e6
        assert 0.5 < found["time_to_first_step"]["median"] < 240
        assert 150e6 < found["peak_memory_bytes"]["median"] < 4e9
    assert 0 < spec["programs"]["cifarcnn"]["share_of_matrix_product"]["median"] < 1
    assert spec["ratios"][peer]["images_per_second"]["median"] > 0
    assert spec["programs"][peer]["rounds"][0]["environment"].items() >= one_thread.items()
    losses = spec["programs"][peer]["rounds"][0]["losses"]
    assert losses[1] < losses[0]
