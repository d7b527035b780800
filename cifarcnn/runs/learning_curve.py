"""Reading learning curves: the `history.csv` of a run, and a printed curve to lay beside it."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Literal

from cifarcnn.errors import UserError, os_reason
from cifarcnn.language.problems import listed, near_name

Over = Literal["epochs", "seconds"]
"""What curves are drawn over."""

SERIES = ("loss", "accuracy", "val_loss", "val_accuracy")
_LARGEST = 128 * 1024**2
"""Bytes of a CSV file."""
_MOST_EPOCHS = 1_000_000
_TOO_LARGE = 1e100
"""No loss is; sums and differences of such numbers are finite."""
_MOST_SHOWN = 12


@dataclass(frozen=True)
class Curve:
    """What was measured after each epoch; all lists are as long as `epochs`."""

    epochs: list[int]
    """From 1 upwards, in order."""
    loss: list[float]
    accuracy: list[float]
    val_loss: list[float]
    val_accuracy: list[float]
    seconds: list[float] = field(default_factory=list)
    """How long each epoch took; empty where that is not known."""

    def places(self, over: Over) -> list[float]:
        """Where each epoch stands: its number, or the seconds until its end."""
        return list(self.epochs) if over == "epochs" else list(accumulate(self.seconds))

    def values(self, series: str) -> list[float]:
        """One of `SERIES`, or `seconds`."""
        values: list[float] = getattr(self, series)
        return values


def read_curve(path: Path) -> Curve:
    """Read the history of a run.

    Raises:
        UserError: it cannot be read or is not a history.
    """
    return _curve(path, _rows(path))


def read_curve_and_column(path: Path, name: str) -> tuple[Curve, list[float]]:
    """Read the history of a run and one more column, as `learning_rate`; empty if it has none.

    Both are of one reading of the file: a run under way may append an epoch between two.

    Raises:
        UserError: it cannot be read, is not a history, or holds no numbers in that column.
    """
    rows = _rows(path)
    curve = _curve(path, rows)
    if name not in rows[0][1]:
        return curve, []
    return curve, [_number(path, line, row, name) for line, row in rows]


def read_reference(path: Path, name: str | None, runs: Sequence[str]) -> tuple[str, Curve]:
    """Read a curve to compare with, and what it is called.

    A file with a column `config` holds several: `name` says which; without it, the one that is
    called like one of `runs`, the names of specs.

    Raises:
        UserError: the file cannot be read, has not the columns, or holds no such curve.
    """
    rows = _rows(path)
    if "config" not in rows[0][1]:
        if name is not None:
            raise UserError(f"{path} has no column config, so it holds one curve, not {name!r}")
        return path.stem, _curve(path, rows)
    names = list(dict.fromkeys(row["config"] for _, row in rows))
    wanted = name if name is not None else next((run for run in runs if run in names), None)
    if wanted not in names:
        shown = listed(names[:_MOST_SHOWN], "and")
        if wanted is None:
            raise UserError(
                f"{path} has no curve of {listed(list(dict.fromkeys(runs)))}; it has {shown}",
                hint="choose one with --reference-config NAME",
            )
        near = near_name(wanted, names)
        raise UserError(
            f"{path} has no curve {wanted!r}"
            + (f"; did you mean {near}?" if near else f"; it has {shown}")
        )
    return wanted, _curve(path, [(line, row) for line, row in rows if row["config"] == wanted])


_Rows = list[tuple[int, dict[str, str]]]
"""Lines of the file, with their number."""


def _rows(path: Path) -> _Rows:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UserError(f"{path} is larger than the {_LARGEST:,} bytes that a curve may have")
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        missing = [name for name in ("epoch", *SERIES) if name not in (reader.fieldnames or ())]
        if missing:
            raise UserError(
                f"{path} is not a learning curve: it has no column {listed(missing, 'and')}"
            )
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise UserError(
                    f"{path}:{reader.line_num}: expected {len(reader.fieldnames or ())} values"
                )
            rows.append((reader.line_num, row))
    except OSError as error:
        raise UserError(f"cannot read {path}: {os_reason(error)}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a CSV file: {error}") from error
    if not rows:
        raise UserError(f"{path} holds no epoch")
    return rows


def _curve(path: Path, rows: _Rows) -> Curve:
    epochs: list[int] = []
    names = (*SERIES, "seconds") if "seconds" in rows[0][1] else SERIES
    columns: dict[str, list[float]] = {name: [] for name in names}
    for line, row in rows:
        epoch = _number(path, line, row, "epoch")
        if epoch != int(epoch) or not (epochs or [0])[-1] < epoch <= _MOST_EPOCHS:
            raise UserError(
                f"{path}:{line}: epoch: expected whole numbers from 1 upwards in order, "
                f"received {row['epoch']!r:.40}"
            )
        epochs.append(int(epoch))
        for name in names:
            columns[name].append(_number(path, line, row, name))
    return Curve(epochs, **columns)


def _number(path: Path, line: int, row: dict[str, str], name: str) -> float:
    try:
        number = float(row[name])
    except ValueError:
        number = math.nan
    if not abs(number) < _TOO_LARGE:
        raise UserError(f"{path}:{line}: {name}: expected a number, received {row[name]!r:.40}")
    return number


def mean_curve(curves: Sequence[Curve]) -> Curve:
    """The mean over several runs, up to the last epoch that all of them have."""
    shared = min(len(curve.epochs) for curve in curves)
    timed = all(curve.seconds for curve in curves)
    columns = {
        name: [
            math.fsum(curve.values(name)[index] for curve in curves) / len(curves)
            for index in range(shared)
        ]
        for name in ((*SERIES, "seconds") if timed else SERIES)
    }
    return Curve(curves[0].epochs[:shared], **columns)
