"""How long work reports its progress, without knowing how it is drawn."""

from typing import Protocol

from typing_extensions import override


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


class NoProgress(Progress):
    """Shows nothing."""

    @override
    def start(self, total: int | None, description: str) -> None: ...

    @override
    def advance(self, count: int) -> None: ...

    @override
    def finish(self) -> None: ...
