"""Writing results to standard output: tables, or one JSON object."""

import contextlib
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.text.printable import printable, printable_json
from cifarcnn.language.dataset_facts import CIFAR10

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from cifarcnn.language.problems import Problem

_WIDTH_OF_PIPES = 120
_BETWEEN = 3
"""Spaces between the columns of a table."""
_LONGEST_NAME = 15
"""Room that a name takes beside numbers; a longer one may go on below."""
_STDERR = 2


def print_json(data: Any) -> None:  # anything that JSON can hold
    """Print exactly one JSON object."""
    click.echo(printable_json(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)))


def show_warning(problem: "Problem") -> None:
    """Print a warning about a spec on standard error, in one line."""
    text = f"{problem.mark}: {problem.in_one_line()}"
    click.echo(f"warning: {printable(text)}", err=True)


def scored_on(dataset: str, images: int) -> str:
    """What a score is of, beside the score; it says so when that is not CIFAR-10."""
    name = CIFAR10.title if dataset == CIFAR10.name else f"{dataset}, not {CIFAR10.title}"
    return f"({name}, {images:,} images)"


def megabytes(count: int) -> str:
    """Bytes in millions, with one digit after the point where there are few."""
    value = count / 1e6
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def output_console() -> "Console":
    """A console on standard output; in a pipe it is plain."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(file=sys.stdout, highlight=False, width=_width_of_pipe(), color_system=None)


def _width_of_pipe() -> int:
    """The columns of the terminal behind a pipe (`| less`), if there is one."""
    columns = _WIDTH_OF_PIPES
    with contextlib.suppress(OSError):
        columns = os.get_terminal_size(_STDERR).columns
    return shutil.get_terminal_size((columns, 24)).columns


def plain_table(*columns: tuple[str, str]) -> "Table":
    """A table with light rules; columns are pairs of a heading and `left` or `right`."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, justify in columns:
        numeric = justify == "right"
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=numeric)
    return table


def columns_that_fit(
    widths: "Mapping[str, int]", dropped_first: "Iterable[str]", room: int
) -> list[str]:
    """The columns that a narrow terminal can show: without those that matter least, as needed."""
    kept = dict(widths)
    for name in dropped_first:
        if sum(kept.values()) <= room:
            break
        kept.pop(name, None)
    return list(kept)


def fitting_table(
    columns: "Sequence[tuple[str, str]]",
    rows: "Sequence[Sequence[str | Text]]",
    dropped_first: "Iterable[str]",
) -> "Table":
    """A `plain_table` of rows, without the columns for which the terminal has no room.

    Names in columns on the left may wrap; numbers are never cut while there is a column to drop.
    """
    headings = [heading for heading, _ in columns]
    widths = {
        heading: max(len(heading), *(len(str(row[index])) for row in rows)) + _BETWEEN
        for index, heading in enumerate(headings)
    }
    for heading, justify in columns:
        if justify == "left":
            widths[heading] = min(widths[heading], _LONGEST_NAME)
    room = output_console().width - 2 + _BETWEEN  # a space stands at each edge
    kept = columns_that_fit(widths, dropped_first, room)
    table = plain_table(*((heading, justify) for heading, justify in columns if heading in kept))
    for row in rows:
        pairs = zip(headings, row, strict=True)
        table.add_row(*(cell for heading, cell in pairs if heading in kept))
    return table
