"""Showing a training on standard error: live on a terminal, else one flushed line per epoch."""

import time
from typing import TYPE_CHECKING, Protocol

from rich.text import Text

from cifarcnn.display.columns import columns_that_fit
from cifarcnn.display.terminal import error_console, say, warn
from cifarcnn.runs.history import EpochRow
from cifarcnn.training.progress import Header, Progress, SilentProgress

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from cifarcnn.data.progress import Progress as DownloadProgress

_WIDEST_LABEL = 9
_BEST = " best"
_WIDTHS = {
    "epoch": 9,
    "loss": 9,
    "accuracy": 10,
    "val loss": 10,
    "val accuracy": 14,
    "rate": 10,
    "seconds": 9,
}
_DROPPED_FIRST = ("rate", "seconds", "loss", "val loss", "accuracy")
"""Columns that a narrow terminal goes without."""


class ShownProgress(Progress, Protocol):
    """A listener that can also show a download."""

    def download(self) -> "DownloadProgress | None":
        """Who is told about a download."""

    def waited(self) -> None:
        """What was waited for is there."""


class QuietProgress(SilentProgress):
    """Shows warnings only."""

    def __init__(self) -> None:
        super().__init__(warn)

    def waited(self) -> None:
        """Nothing."""

    def download(self) -> "DownloadProgress | None":
        """Nobody."""
        return None


class PlainProgress(QuietProgress):
    """Writes lines that suit a log file; each is flushed at once."""

    _epochs = 0

    def started(self, header: Header) -> None:
        """One line per fact."""
        self._epochs = header.epochs
        for label, text in header.lines:
            self._line(f"{label:<{_WIDEST_LABEL}} {text}")

    def epoch_ended(self, row: EpochRow, best: bool, events: list[str]) -> None:
        """One line, with what callbacks did at its end."""
        marks = "".join(f"  [{note}]" for note in [*(["best"] if best else []), *events])
        self._line(
            f"epoch {row.epoch}/{self._epochs}  loss {row.loss:.4f}  accuracy {row.accuracy:.4f}  "
            f"val_loss {row.val_loss:.4f}  val_accuracy {row.val_accuracy:.4f}  "
            f"learning_rate {row.learning_rate:.4g}  {row.seconds:.1f} s{marks}"
        )

    def download(self) -> "DownloadProgress":
        """One line when it begins."""
        from cifarcnn.display.download_progress import PlainDownload

        return PlainDownload()

    def _line(self, text: str) -> None:
        say(text, err=True)


class LiveProgress(QuietProgress):
    """A header, a table that grows by a row per epoch, and a bar inside the epoch."""

    def __init__(self) -> None:
        super().__init__()
        self._console = error_console()
        self._header: Header | None = None
        self._columns = list(_WIDTHS)
        self._bar = None if self._console.is_dumb_terminal else self._make_bar()
        self._task: TaskID | None = None
        self._epoch_began = 0.0
        self._is_waiting = False

    def waiting(self, text: str) -> None:
        """Beside the bar, or a line that the next output overwrites."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, rate=text)
            return
        self.waited()
        self._console.print(Text(f"{text} ...", "dim"), end="\r")
        self._is_waiting = True

    def waited(self) -> None:
        """Clear the line."""
        if self._is_waiting:
            self._console.print(" " * (self._console.width - 1), end="\r")
            self._is_waiting = False

    def started(self, header: Header) -> None:
        """The header and the heading of the table."""
        from rich.table import Table

        self._header = header
        self.waited()
        facts = Table.grid(padding=(0, 1))
        for label, text in header.lines:
            facts.add_row(Text(f"{label:<{_WIDEST_LABEL}}", "bold"), text)
        self._print(facts)
        self._print("")
        room = self._console.width - len(_BEST)
        self._columns = columns_that_fit(_WIDTHS, _DROPPED_FIRST, room)
        heading = "".join(f"{name:>{_WIDTHS[name]}}" for name in self._columns)
        self._print(Text(heading, "bold"))
        self._print(Text(("─" if self._unicode() else "-") * len(heading), "dim"))

    def epoch_started(self, epoch: int) -> None:
        """A fresh bar."""
        self._epoch_began = time.monotonic()
        if self._bar and self._header:
            self._start_bar(self._bar)
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(
                f"epoch {epoch}/{self._header.epochs}", total=self._header.images, rate=""
            )

    def images_done(self, images: int) -> None:
        """Move the bar; a full one is drawn at once, since a short epoch ends between two looks."""
        if self._bar and self._header and self._task is not None:
            elapsed = max(time.monotonic() - self._epoch_began, 1e-6)
            self._bar.update(
                self._task,
                completed=images,
                rate=f"{images / elapsed:,.0f} images/s",
                refresh=images == self._header.images,
            )

    def validating(self) -> None:
        """Say so beside the full bar."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, rate="validating", refresh=True)

    def epoch_ended(self, row: EpochRow, best: bool, events: list[str]) -> None:
        """One row, and one line for each thing that callbacks did."""
        assert self._header is not None
        cells = {
            "epoch": f"{row.epoch}/{self._header.epochs}",
            "loss": f"{row.loss:.4f}",
            "accuracy": f"{row.accuracy:.4f}",
            "val loss": f"{row.val_loss:.4f}",
            "val accuracy": f"{row.val_accuracy:.4f}",
            "rate": f"{row.learning_rate:.4g}",
            "seconds": f"{row.seconds:.1f}",
        }
        shown = {name: f"{cells[name]:>{_WIDTHS[name]}}" for name in self._columns}
        styles = {"val accuracy": "bold green"} if best else {}
        parts = [(cell, styles.get(name, "")) for name, cell in shown.items()]
        self._print(Text.assemble(*parts, (_BEST if best else "", "green")))
        for event in events:
            self._print(Text.assemble(f"{'':>9}", (event, "yellow")))

    def warning(self, text: str) -> None:
        """One line in yellow."""
        self.waited()
        self._print(Text.assemble(("warning:", "yellow"), f" {text}"))

    def closed(self) -> None:
        """Take the bar away."""
        self.waited()
        if self._bar:
            self._bar.stop()
        self._console.print()

    def download(self) -> "DownloadProgress":
        """A bar."""
        from cifarcnn.display.download_progress import LiveDownload

        return LiveDownload(self._console)

    def _print(self, shown: "RenderableType") -> None:
        """A line, or what else rich can render."""
        self._console.print(shown)

    def _start_bar(self, bar: "RichProgress") -> None:
        bar.start()

    def _make_bar(self) -> "RichProgress":
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        return Progress(
            TextColumn("{task.description:>9}", markup=False),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=self._console,
            transient=True,
        )

    def _unicode(self) -> bool:
        return (self._console.encoding or "").lower().startswith("utf")
