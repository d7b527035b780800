"""Ctrl-C and SIGTERM: the first ends the training after the step under way, the second at once."""

import signal
from types import FrameType, TracebackType

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


class Interrupted(Exception):  # noqa: N818 - an event, not an error
    """The user ended the run; `exit_code` says by which signal."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"interrupted (exit code {exit_code})")
        self.exit_code = exit_code


class InterruptGuard:
    """A context in which the first signal only raises a flag, which `check` turns into an end."""

    def __init__(self) -> None:
        self._received: int | None = None
        self._previous: dict[int, object] = {}

    def check(self) -> None:
        """Raise `Interrupted` if a signal has come."""
        if self._received is not None:
            raise Interrupted(EXIT_CODES[signal.Signals(self._received)])

    def __enter__(self) -> "InterruptGuard":
        try:
            for number in EXIT_CODES:
                self._previous[number] = signal.signal(number, self._handle)
        except ValueError:  # not the main thread: signals go elsewhere
            pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._received = number
        self._restore()  # the second signal acts at once

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._previous.clear()
