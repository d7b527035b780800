"""Running a module of this package in a child process, and how a child process ended.

A child that reads something hostile sets its own limits (`limits.py`). It imports this very package
and what is installed, and nothing from the current directory.
"""

import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from cifarcnn.processes.environment import child_environment
from cifarcnn.processes.limits import ONE_THREAD, REFUSED


@dataclass(frozen=True)
class Ended:
    """How a child process ended, and what it wrote."""

    exit_code: int
    """Below zero if a signal ended it, whose number it is."""
    output: str
    errors: str

    @property
    def signal_name(self) -> str | None:
        """Such as SIGKILL, if a signal ended it."""
        return signal.Signals(-self.exit_code).name if self.exit_code < 0 else None

    @property
    def refusal(self) -> str | None:
        """Why the child refused what it was given, if it did (`limits.refuse`)."""
        return self.output.strip() if self.exit_code == REFUSED else None

    def last_line(self, otherwise: str = "no reason given") -> str:
        """The last line that it wrote to standard error."""
        return (self.errors.strip().splitlines() or [otherwise])[-1]

    def failure(self, limits: Mapping[int, str], crashed: str, failed: str) -> str:
        """Why a child ended that neither did its work nor refused it.

        Args:
            limits: The words for each signal by which a limit ends the child.
            crashed: The words for any other signal, whose name is added.
            failed: The words for an error, whose last line is added.
        """
        if -self.exit_code in limits:
            return limits[-self.exit_code]
        if self.signal_name:
            return f"{crashed} ({self.signal_name})"
        return f"{failed} ({self.last_line()[:200]})"


def module_command(module: str, *words: object) -> list[str]:
    """The command that runs a module; `-P`: what lies in the current directory is not imported."""
    return [sys.executable, "-P", "-m", module, *map(str, words)]


def run_module(
    module: str,
    *words: object,
    given: str = "",
    seconds: float | None = None,
    one_thread: bool = False,
) -> Ended:
    """Run a module to its end and keep what it writes.

    Args:
        module: Its full name.
        words: Its arguments.
        given: Its standard input.
        seconds: The time after which it is killed; None for any.
        one_thread: Whether NumPy's library is kept to one thread, for a child with little memory.

    Raises:
        TimeoutError: it took longer.
    """
    try:
        done = subprocess.run(
            module_command(module, *words),
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            env=child_environment() | (ONE_THREAD if one_thread else {}),
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{module} takes longer than {seconds} seconds") from error
    return Ended(done.returncode, done.stdout, done.stderr)
