"""Running programs in fresh processes, one after the other, and stopping them."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType

from cifarcnn.processes.environment import child_environment
from cifarcnn.signals import EXIT_CODES

_MODULE = "cifarcnn.cli.child"
_HANGUP = 129
_SIGNALS = {
    signal.SIGINT: (signal.SIGINT, EXIT_CODES[signal.SIGINT]),
    signal.SIGTERM: (signal.SIGTERM, EXIT_CODES[signal.SIGTERM]),
    signal.SIGHUP: (signal.SIGTERM, _HANGUP),
}
"""What a child gets for a signal to this process, and the exit code that this process ends with."""


@dataclass(frozen=True)
class Ended:
    """How a process ended; `reason` is None if it did what it should."""

    exit_code: int
    reason: str | None


@dataclass(frozen=True)
class Output:
    """How a program ended, and all that it wrote."""

    exit_code: int
    output: str
    errors: str


class ChildProcesses:
    """A context in which commands run as children; signals to this process are handed on to them.

    A child is in a process group of its own, so that Ctrl-C in a terminal reaches it once, through
    this process: the first ends a training after the step under way, the second at once. Ctrl-Z
    stops both.
    """

    def __init__(self, hidden: Collection[str] = ()) -> None:
        """`hidden` are environment variables that the children do not see."""
        self._hidden = hidden
        self.interrupted: int | None = None
        """The exit code of the signal that came, if one has."""
        self._child: subprocess.Popen[str] | None = None
        self._previous: dict[int, object] = {}

    def run(self, words: list[str]) -> Ended:
        """Run one command to its end; its standard error is this one's."""
        if self.interrupted:
            return Ended(self.interrupted, "interrupted")
        program = [sys.executable, "-P", "-m", _MODULE, *words]
        done = self._run(program, child_environment(self._hidden), errors=None)
        return Ended(done.exit_code, _reason(done.exit_code, done.output))

    def run_program(self, program: Sequence[str], environment: Mapping[str, str]) -> Output:
        """Run any program to its end, and keep what it writes."""
        if self.interrupted:
            return Output(self.interrupted, "", "interrupted")
        return self._run(program, environment, errors=subprocess.PIPE)

    def _run(
        self, program: Sequence[str], environment: Mapping[str, str], errors: int | None
    ) -> Output:
        self._child = subprocess.Popen(
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
            env=environment,
            process_group=0,
        )
        if self.interrupted:  # just before the child was there
            self._hand_on(signal.SIGTERM)
        output, written = self._child.communicate()
        code = self._child.returncode
        self._child = None
        if code in EXIT_CODES.values() and not self.interrupted:
            self.interrupted = code  # somebody ended the child itself
        return Output(code, output, written or "")

    def __enter__(self) -> "ChildProcesses":
        try:
            for number in (*_SIGNALS, signal.SIGTSTP):
                if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                    handler = self._stop if number == signal.SIGTSTP else self._handle
                    self._previous[number] = signal.signal(number, handler)
        except ValueError:  # not the main thread: signals go elsewhere
            pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, frame: FrameType | None) -> None:
        child_number, self.interrupted = _SIGNALS[signal.Signals(number)]
        self._hand_on(child_number)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._hand_on(signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        self._hand_on(signal.SIGCONT)  # when this process goes on

    def _hand_on(self, number: int) -> None:
        if self._child is not None:
            self._child.send_signal(number)


def _reason(code: int, output: str) -> str | None:
    if code == 0:
        return None
    if code < 0:
        name = signal.Signals(-code).name
        return f"ended by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    return output.strip() or f"ended with exit code {code}"
