"""What all tests share: a clean environment, and running the program as a user does."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cifarcnn.cli.options import SHORT_FORMS, variable_of

REAL_DATA = os.environ.get("CIFARCNN_DATA_DIR")
"""A place with the real CIFAR-10, if this machine has one."""

CIFARCNN = (sys.executable, "-m", "cifarcnn")

TINY = """\
name: tiny
seed: 3
data: {dataset: demo, limit: 600, validation: 0.25}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 5, strides: 2, activation: relu}
    - batch_normalization
    - max_pooling2d: {pool_size: 2}
    - dropout: {rate: 0.25}
    - flatten
    - dense: {units: 10, activation: softmax}
training:
  epochs: 3
  batch_size: 64
"""
"""A spec that trains in seconds and has everything that draws random numbers."""

TESTS = Path(__file__).parent
FAST_FOLDERS = ("cli", "docs", "files", "language", "metrics")
"""Whose tests are marked `fast`: they import no framework and train nothing."""
NOT_FAST = (
    "cli/test_terminal.py",
    "docs/test_contributing.py",
    "docs/test_hints.py",
    "language/reading/test_fuzz.py",
    "language/writing/test_spec_text.py",
)
"""The modules in these folders that take longer."""

Cifarcnn = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the fast tests."""
    for item in items:
        path = item.path.relative_to(TESTS)
        in_folder = path.parts[0] in FAST_FOLDERS and path.as_posix() not in NOT_FAST
        if in_folder and item.get_closest_marker("slow") is None:
            item.add_marker("fast")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the user's own would set values of the specs in the tests."""
    for name in SHORT_FORMS:
        monkeypatch.delenv(variable_of(name), raising=False)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The tiny spec as a file."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.fixture
def cifarcnn(tmp_path: Path) -> Cifarcnn:
    """Run the program in a fresh process, in `tmp_path`, without a terminal."""

    def run(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return run_cifarcnn(tmp_path, *arguments, **environment)

    return run


def run_cifarcnn(
    folder: Path, *arguments: str | Path, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run `cifarcnn` with arguments in a folder; returns its output and exit code."""
    return subprocess.run(
        [*CIFARCNN, *map(str, arguments)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def summary_of(run: Path) -> dict[str, Any]:
    """The summary of a run directory."""
    data = json.loads((run / "summary.json").read_text())
    assert isinstance(data, dict)
    return data


def history_of(run: Path) -> list[str]:
    """The rows of a run's history without the seconds, which differ from run to run."""
    rows = (run / "history.csv").read_text().splitlines()
    return [row.rpartition(",")[0] for row in rows]
