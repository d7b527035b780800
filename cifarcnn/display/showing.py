"""Showing a training, or other slow work, where somebody looks at it."""

import contextlib
import sys
from collections.abc import Iterator

from cifarcnn.display.notebook_progress import NotebookProgress
from cifarcnn.display.progress import LiveProgress, PlainProgress, QuietProgress, ShownProgress
from cifarcnn.display.terminal import error_console


@contextlib.contextmanager
def showing_progress(quiet: bool) -> Iterator[ShownProgress]:
    """Live if standard error is a terminal, plain lines if not, warnings only if quiet.

    Nothing stays half-shown on the line, whatever ends what is done meanwhile.
    """
    progress = _chosen(quiet)
    try:
        yield progress
    finally:
        progress.waited()


def _chosen(quiet: bool) -> ShownProgress:
    if quiet:
        return QuietProgress()
    if _in_notebook():
        return NotebookProgress()
    return LiveProgress() if sys.stderr.isatty() else PlainProgress()


def _in_notebook() -> bool:
    """Whether this is the kernel of a notebook."""
    if "IPython" not in sys.modules:
        return False
    return error_console().is_jupyter
