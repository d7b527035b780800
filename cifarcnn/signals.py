"""Ctrl-C and SIGTERM: the first ends the training after the step under way, the second at once."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import FrameType, TracebackType
from typing import Any

Handler = Callable[[int, FrameType | None], None]

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


class Interrupted(Exception):  # noqa: N818 - an event, not an error
    """The user ended the run; `exit_code` says by which signal."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"interrupted (exit code {exit_code})")
        self.exit_code = exit_code


@contextmanager
def handling(handlers: Mapping[signal.Signals, Handler]) -> Iterator[None]:
    """Let these functions handle signals until the block ends.

    Outside of the main thread signals are handled as before.
    """
    previous: dict[int, Any] = {}
    try:
        try:
            for number, handler in handlers.items():
                previous[number] = signal.signal(number, handler)
        except ValueError:  # not the main thread
            pass
        yield
    finally:
        for before in previous.items():
            signal.signal(*before)


class InterruptGuard:
    """A context in which the first signal only raises a flag, which `check` turns into an end."""

    def __init__(self) -> None:
        self._received: int | None = None
        self._handlers = ExitStack()

    def check(self) -> None:
        """Raise `Interrupted` if a signal has come."""
        if self._received is not None:
            raise Interrupted(EXIT_CODES[signal.Signals(self._received)])

    def __enter__(self) -> "InterruptGuard":
        self._handlers.enter_context(handling(dict.fromkeys(EXIT_CODES, self._handle)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._handlers.close()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._received = number
        self._handlers.close()  # the second signal acts at once
