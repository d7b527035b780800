"""The one way to the terminal: all that is printed goes through here, without control characters.

Results go to standard output, everything else to standard error. Ruff forbids `print`, `click.echo`
and consoles of rich elsewhere.
"""

import contextlib
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.display.printable import printable, printable_json

if TYPE_CHECKING:
    from cifarcnn.display.console import CleanConsole

_WIDTH_OF_PIPES = 120
_STDERR = 2


def say(
    text: str = "", dim: str = "", *, bold: bool = False, err: bool = False, keep: str = ""
) -> None:
    """Print one line and flush it; on a terminal `text` can be bold, and `dim` follows it dimmed.

    `keep` are control characters to leave as they are: the line breaks of a message of several
    lines.
    """
    shown = click.style(printable(text, keep), bold=True) if bold else printable(text, keep)
    if dim:
        shown += click.style(printable(dim), dim=True)
    click.echo(shown, err=err)


def warn(text: str) -> None:
    """Print a warning on standard error, in one line."""
    say(f"warning: {text}", err=True)


def print_json(data: Any) -> None:  # anything that JSON can hold
    """Print exactly one JSON document."""
    click.echo(printable_json(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)))


def output_console() -> "CleanConsole":
    """A console on standard output; in a pipe it is plain."""
    from cifarcnn.display.console import CleanConsole

    if sys.stdout.isatty():
        return CleanConsole()
    return CleanConsole(file=sys.stdout, width=_width_of_pipe(), color_system=None)


def error_console() -> "CleanConsole":
    """A console on standard error."""
    from cifarcnn.display.console import CleanConsole

    return CleanConsole(stderr=True)


def _width_of_pipe() -> int:
    """The columns of the terminal behind a pipe (`| less`), if there is one."""
    columns = _WIDTH_OF_PIPES
    with contextlib.suppress(OSError):
        columns = os.get_terminal_size(_STDERR).columns
    return shutil.get_terminal_size((columns, 24)).columns
