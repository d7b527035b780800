"""Showing a training in the output of a notebook's cell."""

import time
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.text import Text

from cifarcnn.display.console import CleanConsole
from cifarcnn.display.download_progress import PlainDownload
from cifarcnn.display.progress import LiveProgress

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress as RichProgress

_SECONDS_BETWEEN_DRAWINGS = 0.25
_HTML = '<pre style="line-height:normal">{code}</pre>'


class NotebookProgress(LiveProgress):
    """What a terminal shows, as one output that is replaced as a whole; it needs no widgets."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[RenderableType] = []
        self._waits_for = ""
        self._output: Any = None
        """IPython's handle of the output; None before the first drawing."""
        self._drawn = 0.0

    def waiting(self, text: str) -> None:
        """Next to the bar, or in a last line."""
        if self._bar and self._task is not None:
            super().waiting(text)
        else:
            self._waits_for = text
        self._draw()

    def waited(self) -> None:
        """Remove the last line."""
        if self._waits_for:
            self._waits_for = ""
            self._draw()

    def epoch_started(self, epoch: int) -> None:
        """A fresh bar."""
        super().epoch_started(epoch)
        self._draw()

    def images_done(self, images: int) -> None:
        """Move the bar."""
        super().images_done(images)
        if time.monotonic() - self._drawn > _SECONDS_BETWEEN_DRAWINGS:
            self._draw()

    def closed(self) -> None:
        """Take the bar away."""
        self._bar = None
        self._waits_for = ""
        self._draw()

    def download(self) -> PlainDownload:
        """Lines on standard error."""
        return PlainDownload()

    def _print(self, shown: "RenderableType") -> None:
        self._lines.append(shown)
        self._draw()

    def _start_bar(self, bar: "RichProgress") -> None:
        """Nothing: the bar is drawn with the rest, not by a thread of rich."""

    def _draw(self) -> None:
        import IPython.display

        show: Any = IPython.display.display  # it has no type hints
        if self._output is None:
            self._output = show(self._rendered(), raw=True, display_id=True)
        else:
            self._output.update(self._rendered(), raw=True)
        self._drawn = time.monotonic()

    def _rendered(self) -> dict[str, str]:
        """All that is shown, as HTML and as plain text."""
        console = CleanConsole(
            file=StringIO(), record=True, force_jupyter=False, width=self._console.width
        )
        for line in self._lines:
            console.print(line)
        if self._bar and self._task is not None:
            console.print(self._bar.get_renderable())
        if self._waits_for:
            console.print(Text(f"{self._waits_for} ...", "dim"))
        text = console.export_text(clear=False)
        html = console.export_html(inline_styles=True, code_format=_HTML)
        return {"text/plain": text, "text/html": html}
