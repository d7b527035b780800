"""Showing a training, or other slow work, where somebody looks at it."""

import contextlib
import sys
from collections.abc import Iterator

from cifarcnn.display.notebook_progress import NotebookProgress
from cifarcnn.display.progress import LiveProgress, PlainProgress, QuietProgress, ShownProgress


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
    """Whether rich would render here as in Jupyter; it is imported only where that can be."""
    if "IPython" not in sys.modules:
        return False
    from rich.console import Console

    return Console().is_jupyter
