"""Running the program as a user does, in a fresh process, and reading what a run wrote."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CIFARCNN = (sys.executable, "-m", "cifarcnn")

Cifarcnn = Callable[..., "subprocess.CompletedProcess[str]"]
"""What the fixture `cifarcnn` gives: `run_cifarcnn` in `tmp_path`."""


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
