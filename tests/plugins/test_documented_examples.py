"""docs/plugins.md: its code is that of the examples, and its commands do what it says."""

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.paths import EXAMPLES
from tests.support.run import history_of, run_cifarcnn, summary_of

TEXT = (EXAMPLES.parent / "plugins.md").read_text(encoding="utf-8")

IN_ONE_PROCESS = """
import json, sys
from cifarcnn.cli import command_line
for arguments in json.loads(sys.argv[1]):
    command_line(arguments, prog_name="cifarcnn", standalone_mode=False)
"""

UNBROKEN = [
    *("train", "my_training.yaml", "--code", "my_training.py", "--epochs", "6"),
    *("--output", "unbroken"),
]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


class Command(NamedTuple):
    arguments: list[str]
    output: str

    def run(self, folder: Path) -> "subprocess.CompletedProcess[str]":
        return run_cifarcnn(folder, *self.arguments, COLUMNS="120")


def commands() -> list[Command]:
    found = []
    for block in blocks("console"):
        for part in block.split("$ cifarcnn ")[1:]:
            line, _, output = part.partition("\n")
            found.append(Command(line.split(), output))
    return found


TRAINING = [command for command in commands() if not command.output]
ANSWERED = [command for command in commands() if command.output]


def assert_done(done: "subprocess.CompletedProcess[str]") -> None:
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples, after all trainings of the text (in one process, which saves minutes)."""
    folder = tmp_path_factory.mktemp("plugins") / "examples"
    shutil.copytree(EXAMPLES, folder)
    lines = [command.arguments for command in TRAINING] + [UNBROKEN]
    program = [sys.executable, "-c", IN_ONE_PROCESS, json.dumps(lines)]
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)
    assert_done(done)
    return folder


def squeezed(text: str) -> str:
    """Without rules and without spaces that only align."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line.strip("─ "))


def test_there_are_commands_of_all_kinds() -> None:
    assert {command.arguments[0] for command in TRAINING} == {"train", "resume", "evaluate"}
    assert len(TRAINING) == 5
    assert [command.arguments[0] for command in ANSWERED] == ["describe", "resume", "evaluate"]


@pytest.mark.parametrize("command", ANSWERED, ids=lambda command: " ".join(command.arguments))
def test_a_command_prints_what_the_text_shows(trained: Path, command: Command) -> None:
    done = command.run(trained)
    assert done.returncode == (0 if "--code" in command.arguments else 2)
    pattern = re.escape(squeezed(command.output)).replace(r"\.\.\.", ".*")
    assert re.fullmatch(pattern, squeezed(done.stdout + done.stderr))


@pytest.mark.slow
def test_the_trainings_run_one_by_one(examples: Path) -> None:
    for command in TRAINING:
        assert_done(command.run(examples))


def test_a_callback_of_ones_own_goes_on_as_if_never_interrupted(trained: Path) -> None:
    unbroken, broken = summary_of(trained / "unbroken"), summary_of(trained / "another_run")
    assert unbroken["stopped"] == "stopped: the smoothed val_loss did not fall for 2 epochs"
    # Without what the callback remembers, a resumed run would go on to its fifth epoch.
    assert broken["epochs"] == unbroken["epochs"] == 3
    assert history_of(trained / "another_run") == history_of(trained / "unbroken")
    assert broken["digest"] == unbroken["digest"]
    assert broken["events"] == unbroken["events"]


def test_a_run_records_its_code_and_is_warned_when_it_changes(trained: Path) -> None:
    (row,) = json.loads((trained / "my_run" / "record.json").read_text())["code"]
    assert row["path"] == str(trained / "locally_connected2d.py")
    changed = trained / "changed" / "locally_connected2d.py"
    changed.parent.mkdir()
    changed.write_text((trained / "locally_connected2d.py").read_text() + "\n# changed\n")
    done = run_cifarcnn(trained, "resume", "my_run", "--code", changed)
    assert done.returncode == 0
    assert (
        "warning: locally_connected2d.py is not what this run was trained with (SHA-256 "
        f"{row['sha256'][:12]}...): the result may differ from an unbroken run\n"
    ) in done.stderr
    moved = trained / "changed" / "other_name.py"
    shutil.copy(trained / "locally_connected2d.py", moved)
    assert "trained with" not in run_cifarcnn(trained, "resume", "my_run", "--code", moved).stderr


def test_a_network_with_an_own_layer_begins_from_a_checkpoint_only_with_its_code(
    trained: Path,
) -> None:
    begin = ("--init-from", "my_run/checkpoint.h5")
    done = run_cifarcnn(trained, "train", "basic", *begin)
    assert done.returncode == 2
    assert "my_run/checkpoint.h5 has the unknown layer 'locally_connected2d'" in done.stderr


@pytest.mark.parametrize("language", ["python", "yaml", "toml"])
def test_the_code_in_the_text_is_that_of_the_examples(language: str) -> None:
    suffix = {"python": "py"}.get(language, language)
    files = [path.read_text() for path in EXAMPLES.glob(f"*.{suffix}")]
    quoted = [block for block in blocks(language) if "Layer): ...\n" not in block]
    quoted = [block for block in quoted if "load_model" not in block]
    assert quoted
    for block in quoted:
        nested = textwrap.indent(block, "    ")
        assert any(block in text or nested in text for text in files), block


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('logs["val_loss"]', 'logs["val_lost"]', ": KeyError: 'val_lost'"),
        ("keras.ops.rsqrt(done)", "keras.ops.rsqr(done)", ": AttributeError: module 'keras.ops'"),
    ],
)
def test_a_mistake_that_shows_in_training_is_one_line_with_its_place(
    examples: Path, old: str, new: str, message: str
) -> None:
    code = examples / "my_training.py"
    lines = code.read_text().splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if old in line]
    code.write_text(code.read_text().replace(old, new))
    done = run_cifarcnn(examples, "train", "my_training.yaml", "--code", "my_training.py", "-q")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: my_training.py:{number}{message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_keras_loads_the_checkpoint_as_the_text_says(trained: Path) -> None:
    (block,) = [block for block in blocks("python") if "load_model" in block]
    program = f"{block}\nprint(model.count_params())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=trained, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "151498"


def test_the_names_in_the_text_are_those_that_can_be_imported() -> None:
    from cifarcnn import plugins

    table = TEXT.partition("| name | what it is |")[2]
    names = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))
    assert set(names) == set(plugins.__all__)
    for name in plugins.__all__:
        assert getattr(plugins, name)
