"""What several commands print: warnings about specs, tables, and phrases."""

from typing import TYPE_CHECKING

from cifarcnn.display.columns import columns_that_fit
from cifarcnn.display.printable import printable
from cifarcnn.display.terminal import output_console, warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from cifarcnn.language.problems import Problem

_BETWEEN = 3
"""Spaces between the columns of a table."""
_LONGEST_NAME = 15
"""Room that a name takes beside numbers; a longer one may go on below."""


def show_warning(problem: "Problem") -> None:
    """Print a warning about a spec on standard error, in one line."""
    warn(f"{problem.mark}: {problem.in_one_line()}")


def megabytes(count: int) -> str:
    """Bytes in millions, with one digit after the point where there are few."""
    value = count / 1e6
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def plain_table(*columns: tuple[str, str]) -> "Table":
    """A table with light rules; columns are pairs of a heading and `left` or `right`."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, justify in columns:
        numeric = justify == "right"
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=numeric)
    return table


def fitting_table(
    columns: "Sequence[tuple[str, str]]",
    rows: "Sequence[Sequence[str]]",
    dropped_first: "Iterable[str]",
) -> "Table":
    """A `plain_table` of rows, without the columns for which the terminal has no room.

    Names in columns on the left may wrap; numbers are never cut while there is a column to drop.
    """
    headings = [heading for heading, _ in columns]
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = {
        heading: max(len(heading), *(len(row[index]) for row in rows)) + _BETWEEN
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
