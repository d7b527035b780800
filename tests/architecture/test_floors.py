"""The import rules of `pyproject.toml` hold, and a new arrow that points up breaks them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT


def lint_imports(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run import-linter on the package in a folder."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package with its rules."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "cifarcnn", tmp_path / "cifarcnn", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def test_no_import_points_up() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("files/atomic.py", "from cifarcnn.runs.summary import Summary"),
        ("metrics/spread.py", "def later():\n    from cifarcnn.runs.summary import Summary"),
        ("language/marks.py", "from cifarcnn.language.schema import Spec"),
        ("report/write.py", "def later():\n    import cifarcnn.cli.options"),
        ("cli/text/output.py", "from cifarcnn.cli.commands.train import train_command"),
    ],
    ids=["at the top", "deferred", "within the language", "to the command line", "in a circle"],
)
def test_an_import_that_points_up_fails(copy: Path, module: str, line: str) -> None:
    path = copy / "cifarcnn" / module
    path.write_text(f"{path.read_text()}\n\n{line}\n")
    done = lint_imports(copy)
    assert done.returncode == 1
    assert "0 broken" not in done.stdout
    named = f"cifarcnn.{module.removesuffix('.py').replace('/', '.')}"
    assert named in done.stdout or ".text -> .commands" in done.stdout


def test_a_package_without_a_floor_fails(copy: Path) -> None:
    (copy / "cifarcnn" / "helpers").mkdir()
    (copy / "cifarcnn" / "helpers" / "__init__.py").touch()
    done = lint_imports(copy)
    assert done.returncode == 1
    assert "cifarcnn.helpers" in done.stdout
