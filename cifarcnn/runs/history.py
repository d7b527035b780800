"""The history of a run: one row per epoch, `history.csv`."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from cifarcnn.files.atomic import write_text


@dataclass(frozen=True)
class EpochRow:
    """What one epoch gave. Epochs count from 1; losses and accuracies are means over images."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    """At the end of the epoch, before callbacks act on it."""
    seconds: float
    """Of training and validation together."""


COLUMNS = tuple(field.name for field in fields(EpochRow))


class History:
    """The rows so far, kept in step with a CSV file."""

    def __init__(self, path: Path, rows: Sequence[EpochRow] = ()) -> None:
        self._path = path
        self.rows = list(rows)
        self._in_step = False
        """Whether the file holds exactly the rows; if not, it is written anew."""

    def add(self, row: EpochRow) -> None:
        """Append one row."""
        self.rows.append(row)

    def write_last(self) -> None:
        """Bring the file up to date: by one line if only that lacks, else by all of them.

        The line is not flushed to disk: a state has the rows too, and `resume` writes them anew.

        Raises:
            OSError: it could not be written; the next call writes all of it.
        """
        if not self._in_step:
            self.write()
            return
        self._in_step = False
        with self._path.open("a", encoding="utf-8", newline="") as file:
            file.write(_lines([astuple(self.rows[-1])]))
        self._in_step = True

    def write(self) -> None:
        """Write the whole file atomically.

        Raises:
            OSError: it could not be written.
        """
        self._in_step = False
        write_text(self._path, _lines([COLUMNS, *map(astuple, self.rows)]))
        self._in_step = True

    def best(self) -> EpochRow | None:
        """The epoch with the highest validation accuracy; the first of equals."""
        return max(self.rows, key=lambda row: row.val_accuracy, default=None)


def _lines(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
