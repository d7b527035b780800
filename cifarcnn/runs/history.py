"""The history of a run: one row per epoch, `history.csv`."""

import csv
import io
from dataclasses import astuple, dataclass, fields
from pathlib import Path


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

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: list[EpochRow] = []
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(_line(COLUMNS))

    def add(self, row: EpochRow) -> None:
        """Append one row, to the list and to the file."""
        self.rows.append(row)
        with self._path.open("a", encoding="utf-8", newline="") as file:
            file.write(_line(astuple(row)))

    def best(self) -> EpochRow | None:
        """The epoch with the highest validation accuracy; the first of equals."""
        return max(self.rows, key=lambda row: row.val_accuracy, default=None)


def _line(values: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
