"""Running programs in child processes, one after the other, and ending them by signals."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import FrameType, TracebackType

from cifarcnn.processes.run_module import Ended
from cifarcnn.signals import EXIT_CODES, handling

_HANGUP = 129
_SIGNALS = {
    signal.SIGINT: (signal.SIGINT, EXIT_CODES[signal.SIGINT]),
    signal.SIGTERM: (signal.SIGTERM, EXIT_CODES[signal.SIGTERM]),
    signal.SIGHUP: (signal.SIGTERM, _HANGUP),
}
"""What a child gets for a signal to this process, and the exit code that this process ends with."""


class ChildProcesses:
    """A context in which programs run as children; signals to this process are handed on to them.

    A child is in a process group of its own, so that Ctrl-C in a terminal reaches it once, through
    this process: the first ends a training after the step under way, the second at once. Ctrl-Z
    stops both.
    """

    def __init__(self) -> None:
        self.interrupted: int | None = None
        """The exit code of the signal that came, if one has."""
        self._child: subprocess.Popen[str] | None = None
        self._handlers = ExitStack()

    def run(
        self, command: Sequence[str], environment: Mapping[str, str], *, show_errors: bool = False
    ) -> Ended:
        """Run a program to its end and keep what it writes; nothing is run after a signal.

        With `show_errors` its standard error is this process' own, and not kept.
        """
        if self.interrupted:
            return Ended(self.interrupted, "", "interrupted")
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if show_errors else subprocess.PIPE,
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
        return Ended(code, output, written or "")

    def __enter__(self) -> "ChildProcesses":
        handlers = dict.fromkeys(_SIGNALS, self._handle) | {signal.SIGTSTP: self._stop}
        for number in [*handlers]:
            if signal.getsignal(number) is signal.SIG_IGN:  # as nohup has it
                del handlers[number]
        self._handlers.enter_context(handling(handlers))
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
        self._handlers.close()

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
