"""Showing a download on standard error."""

from typing import TYPE_CHECKING

from cifarcnn.display.terminal import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from cifarcnn.display.console import CleanConsole


class PlainDownload:
    """One line when it begins, one when it ends."""

    def start(self, total: int | None, description: str) -> None:
        """Say what is fetched and how large it is."""
        size = f" ({total / 1e6:.0f} MB)" if total else ""
        say(f"{description}{size}", err=True)

    def advance(self, count: int) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""


class LiveDownload:
    """A bar with speed and time left."""

    def __init__(self, console: "CleanConsole") -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def start(self, total: int | None, description: str) -> None:
        """Show the bar."""
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self.finish()
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(description, total=total)

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, advance=count)

    def finish(self) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.stop()
            self._bar = None
