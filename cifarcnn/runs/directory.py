"""The run directory: one folder per run, new each time, never overwritten."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from cifarcnn.errors import UserError, os_reason
from cifarcnn.files import run_files

DEFAULT_PARENT = Path("runs")

Status = Literal["absent", "untrained", "interrupted", "finished"]
"""An interrupted run has begun to write the states that `cifarcnn resume` goes on from."""


@dataclass(frozen=True)
class RunDirectory:
    """The places of a run's files."""

    path: Path

    @property
    def spec(self) -> Path:
        """The resolved spec; `cifarcnn train RUN/spec.yaml` repeats the run."""
        return self.path / run_files.SPEC

    @property
    def record(self) -> Path:
        """Where, when and with what the run was made."""
        return self.path / run_files.RECORD

    @property
    def history(self) -> Path:
        """One row per epoch."""
        return self.path / run_files.HISTORY

    @property
    def summary(self) -> Path:
        """The results."""
        return self.path / run_files.SUMMARY

    @property
    def checkpoint(self) -> Path:
        """The network at the end of training, as plain Keras."""
        return self.path / run_files.CHECKPOINT

    @property
    def predictions(self) -> Path:
        """The logits and labels of every test image."""
        return self.path / run_files.PREDICTIONS

    @property
    def state(self) -> Path:
        """What `cifarcnn resume` goes on from."""
        return self.path / run_files.STATE

    @property
    def curves(self) -> Path:
        """A picture of the history."""
        return self.path / run_files.CURVES

    @property
    def report(self) -> Path:
        """A page about the run, which `cifarcnn report` writes."""
        return self.path / run_files.REPORT

    @property
    def holds_state(self) -> bool:
        """Whether a state is on disk; the folder for them is made before the first."""
        return self.state.is_dir() and any(self.state.glob(run_files.STATES))

    @property
    def status(self) -> Status:
        """How far the run got; one that another process trains now is `interrupted` too."""
        if self.summary.exists():
            return "finished"
        if self.state.is_dir():
            return "interrupted"
        return "untrained" if self.path.exists() else "absent"


def create_run_directory(name: str, output: Path | None) -> RunDirectory:
    """Make the directory of a new run: `output`, else `runs/<name>-<timestamp>`.

    Raises:
        UserError: `output` exists and is not an empty folder, or cannot be made.
    """
    try:
        if output is None:
            return RunDirectory(_make_new(name))
        require_free(output)
        output.mkdir(parents=True, exist_ok=True)
        (output / run_files.WRITABLE).touch()
        (output / run_files.WRITABLE).unlink()
    except OSError as error:
        where = output or DEFAULT_PARENT
        raise UserError(
            f"cannot write a run to {where}: {os_reason(error)}",
            hint="name a folder that you can write to with --output",
        ) from error
    return RunDirectory(output)


def require_free(output: Path | None) -> None:
    """Check that a run may be written to `output`: nothing is there, or an empty folder.

    Raises:
        UserError: something is there.
    """
    if output is not None and output.exists() and not _is_empty_folder(output):
        raise UserError(
            f"--output {output} exists already; a run is never overwritten",
            hint="name a folder that does not exist yet, or no --output at all",
        )


def _make_new(name: str) -> Path:
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    DEFAULT_PARENT.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = DEFAULT_PARENT / (f"{name}-{stamp}" + (f"-{number}" if number > 1 else ""))
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
