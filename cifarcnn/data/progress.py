"""How long work reports its progress, without knowing how it is drawn."""

from typing import Protocol


class Progress(Protocol):
    """Something that can show how far a download has come.

    `start` may be called again after `finish`: a retried download starts a bar anew.
    """

    def start(self, total: int | None, description: str) -> None:
        """Begin a task of `total` bytes, or of unknown length."""

    def advance(self, count: int) -> None:
        """Count `count` further bytes as done."""

    def finish(self) -> None:
        """End the task, whether it succeeded or not."""


class NoProgress:
    """Shows nothing."""

    def start(self, total: int | None, description: str) -> None:
        """Ignore the beginning."""

    def advance(self, count: int) -> None:
        """Ignore the advance."""

    def finish(self) -> None:
        """Ignore the end."""
