"""Showing on standard error which seed of a repeat is trained."""

from cifarcnn.display.terminal import say
from cifarcnn.runs.repeat import SeedResult


class RepeatLines:
    """A line when a seed begins and when it ends; only failures if quiet."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def seed_begins(self, seed: int, number: int, count: int, resumed: bool) -> None:
        """A heading above the progress of the run."""
        how = ", going on" if resumed else ""
        self._line(f"seed {seed} ({number} of {count}{how})", bold=True)

    def seed_ended(self, result: SeedResult) -> None:
        """One line; a failure is shown even if all else is quiet."""
        if result.status == "finished":
            self._line(f"seed {result.seed}: test accuracy {result.test_accuracy:.4f}")
        else:
            say(f"seed {result.seed} failed: {in_one_line(result.reason)}", err=True)

    def _line(self, text: str, bold: bool = False) -> None:
        if not self._quiet:
            say(text, err=True, bold=bold)


def in_one_line(reason: str | None) -> str:
    """The reason of a failure without its line breaks."""
    return "; ".join(line.strip() for line in (reason or "").splitlines())
