"""Light commands stay light: what they import, seen from a fresh interpreter."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cifarcnn.cli import COMMANDS
from tests.support.fake_runs import write_run

HEAVY = {"tensorflow", "keras", "jax", "numpy", "matplotlib", "h5py"}
OF_SPECS = {"pydantic", "yaml", "rich"}

PROGRAM = """
import json, sys
from cifarcnn.cli import command_line
code = 0
try:
    code = command_line(sys.argv[1:], prog_name="cifarcnn", standalone_mode=False)
except Exception as error:
    code = error.exit_code
print(json.dumps([code or 0, sorted(sys.modules)]), file=sys.stderr)
"""


def modules_after(*args: str, code: int = 0) -> set[str]:
    """The top-level modules that a command has imported by its end."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *args],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found_code, modules = json.loads(done.stderr.splitlines()[-1])
    assert found_code == code
    assert "cifarcnn" in modules
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]
)
def test_help_and_version_import_no_library_but_click(args: list[str]) -> None:
    assert modules_after(*args).isdisjoint(HEAVY | OF_SPECS)


@pytest.mark.parametrize(
    "args",
    [
        ["list-configs"],
        ["list-configs", "--json"],
        ["describe", "deeper_3x3"],
        ["check", "deeper_3x3", "basic"],
        ["check", "basic", "--json"],
        ["schema"],
        ["describe", "resnet20", "--diff", "vgg"],
        ["show", "deeper_3x3"],
        ["show", "deeper_3x3", "--origin", "--set", "model.layers.conv2d_1.filters=8"],
        ["init", "my"],
        ["init", "my", "--from", "deeper_3x3"],
    ],
)
def test_commands_on_specs_import_no_framework(
    args: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    modules = modules_after(*args)
    assert modules.isdisjoint(HEAVY)
    assert "pydantic" in modules


def test_comparing_runs_imports_no_framework(tmp_path: Path) -> None:
    runs = [str(write_run(tmp_path / name)) for name in ("one", "two")]
    modules = modules_after("compare", *runs)
    assert modules.isdisjoint(HEAVY - {"numpy"})
    assert "numpy" in modules  # it has read their predictions


def test_a_report_imports_no_framework(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    modules = modules_after("report", str(run))
    assert modules.isdisjoint(HEAVY - {"numpy"})
    assert "numpy" in modules and (run / "report.html").exists()


@pytest.mark.parametrize("command", ["check", "describe", "train", "repeat", "benchmark"])
@pytest.mark.parametrize("mistake", ["seed: x\n", "seed: [\n", "model: {layers: [flatten]}\n"])
def test_a_mistake_in_a_spec_is_found_before_a_framework_is_imported(
    tmp_path: Path, command: str, mistake: str
) -> None:
    spec = tmp_path / "a.yaml"
    spec.write_text(f"name: a\n{mistake}")
    assert modules_after(command, str(spec), code=2).isdisjoint(HEAVY)
