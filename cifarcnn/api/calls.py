"""What every call of the Python API has in common: its errors, and what it leaves as it was."""

import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cifarcnn.api.warn import warn_user
from cifarcnn.errors import CifarcnnError
from cifarcnn.runtime.failures import foreseen
from cifarcnn.signals import EXIT_CODES
from cifarcnn.training.progress import Progress, SilentProgress

if TYPE_CHECKING:
    from cifarcnn.data.progress import Progress as DownloadProgress

_ONE_AT_A_TIME = threading.RLock()


class Interrupted(KeyboardInterrupt):
    """Ctrl-C ended a training, which can be resumed; `except Exception` does not catch it.

    `message` says how many epochs are kept, `hint` how to resume.
    """

    def __init__(self, message: str, hint: str | None) -> None:
        super().__init__(f"{message}\n  {hint}" if hint else message)
        self.message = message
        self.hint = hint


@contextmanager
def with_errors() -> Iterator[None]:
    """Turn what is foreseen into errors of this program.

    Raises:
        CifarcnnError: for a file that cannot be read or written, memory that ran out, or a mistake
            in the user's own code.
        Interrupted: Ctrl-C ended a training between two steps.
    """
    try:
        yield
    except CifarcnnError as error:
        if error.exit_code not in _INTERRUPTED:
            raise
        raise Interrupted(error.message, error.hint) from None
    except Exception as error:
        if known := foreseen(error):
            raise known from error
        raise


_INTERRUPTED = (*EXIT_CODES.values(), 129)


@contextmanager
def using_keras() -> Iterator[None]:
    """Let one call at a time use Keras, whose settings and seeds hold for the whole process.

    Calls of other threads wait. The random numbers of Python and NumPy are afterwards those that
    they would have been; a signal that ended a training takes its usual effect.
    """
    with _ONE_AT_A_TIME, _random_numbers_kept(), with_errors():
        try:
            yield
        except CifarcnnError as error:
            if error.exit_code == EXIT_CODES[signal.SIGTERM]:
                signal.raise_signal(signal.SIGTERM)  # all results so far are written
            raise


@contextmanager
def _random_numbers_kept() -> Iterator[None]:
    numpy = sys.modules.get("numpy")
    state = random.getstate()
    of_numpy = numpy.random.get_state() if numpy else None
    try:
        yield
    finally:
        random.setstate(state)
        if numpy and of_numpy:
            numpy.random.set_state(of_numpy)


@contextmanager
def listening(progress: bool) -> "Iterator[tuple[Progress, DownloadProgress | None]]":
    """Who is told how the work gets on, and how a download does.

    With `progress` they show what the command shows; else warnings become Python's.
    """
    if not progress:
        yield SilentProgress(warn_user), None
        return
    from cifarcnn.display.showing import showing_progress

    with showing_progress(quiet=False) as shown:
        yield shown, shown.download()
