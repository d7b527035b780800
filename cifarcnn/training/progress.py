"""What a training says while it runs. Showing it is left to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cifarcnn.runs.history import EpochRow


@dataclass(frozen=True)
class Header:
    """What is known when training begins; `lines` are pairs of a label and a text."""

    lines: tuple[tuple[str, str], ...]
    epochs: int
    images: int
    """Training images per epoch."""


class Progress(Protocol):
    """A listener."""

    def waiting(self, text: str) -> None:
        """Something slow begins, such as loading TensorFlow."""

    def started(self, header: Header) -> None:
        """Training begins."""

    def epoch_started(self, epoch: int) -> None:
        """An epoch (from 1) begins."""

    def images_done(self, images: int) -> None:
        """So many images of the epoch have been trained on."""

    def validating(self) -> None:
        """The epoch's training is over, its validation begins."""

    def epoch_ended(self, row: EpochRow, best: bool, events: list[str]) -> None:
        """An epoch is over; `best` if it has the highest validation accuracy so far."""

    def warning(self, text: str) -> None:
        """Something that the user should know, and that does not stop the run."""

    def closed(self) -> None:
        """Nothing more will come."""


class SilentProgress:
    """A listener that shows nothing, and hands warnings on."""

    def __init__(self, warn: Callable[[str], None] = lambda text: None) -> None:
        self._warn = warn

    def waiting(self, text: str) -> None:
        """Nothing."""

    def started(self, header: Header) -> None:
        """Nothing."""

    def epoch_started(self, epoch: int) -> None:
        """Nothing."""

    def images_done(self, images: int) -> None:
        """Nothing."""

    def validating(self) -> None:
        """Nothing."""

    def epoch_ended(self, row: EpochRow, best: bool, events: list[str]) -> None:
        """Nothing."""

    def warning(self, text: str) -> None:
        """Hand it on."""
        self._warn(text)

    def closed(self) -> None:
        """Nothing."""
