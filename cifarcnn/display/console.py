"""A console of rich that shows control characters instead of sending them to the terminal."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from cifarcnn.display.printable import printable


class CleanConsole(Console):
    """Prints strings as they are, without markup; strings, texts and cells of tables are cleaned.

    Styles come from `Text` and from `style=`.
    """

    def __init__(self, **options: Any) -> None:  # those of `Console`
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:  # those of `Console.render_str`
        """Make a string a text, as rich does before it measures or prints one."""
        return super().render_str(printable(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Turn what is printed, or lies in a cell, into styled pieces of text."""
        if isinstance(renderable, Text) and not renderable.plain.isprintable():
            renderable = _cleaned(renderable)
        return super().render(renderable, options)


def _cleaned(text: Text) -> Text:
    """The text in one line; styles that begin behind a control character move a little."""
    clean = text.copy()
    clean.plain = printable(text.plain)
    return clean
