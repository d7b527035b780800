"""`cifarcnn.compare`."""

from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from cifarcnn.api.arguments import Files, PathLike, as_path, require_word, run_code
from cifarcnn.api.calls import with_errors
from cifarcnn.api.picture import Picture, drawn
from cifarcnn.api.repeat import Repeat
from cifarcnn.api.run import Run
from cifarcnn.api.tables import table_html, table_text
from cifarcnn.api.warn import warn_user
from cifarcnn.errors import UserError
from cifarcnn.metrics.significance import McNemar
from cifarcnn.plots.comparison import draw_comparison
from cifarcnn.runs.comparison import (
    COLUMNS,
    MOST_SIDES,
    BesideReference,
    Pair,
    Side,
    all_beside_reference,
    compare_with_first,
    read_side,
    require_seconds,
)
from cifarcnn.runs.learning_curve import Curve, Over, read_reference

_HEADINGS = ("run", "accuracy", "loss", "epochs", "best", "seconds", "parameters", "MFLOP")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Runs, or repeats, compared with the first of them."""

    sides: list[Side]
    """What was compared; of a repeat, figures are means over its seeds."""
    pairs: list[Pair]
    """Each other side and the first: differences, the test, and what differs in the specs."""
    reference: Curve | None
    """The printed curve, if one was given."""
    beside: list[BesideReference]
    """The validation accuracies of the sides next to those of the reference."""
    reference_name: str | None = None
    over: Over = "epochs"

    @cached_property
    def picture(self) -> Picture:
        """The learning curves of all sides."""
        labelled = [
            (f"{number} {side.path.name}", side) for number, side in enumerate(self.sides, 1)
        ]
        printed = (self.reference_name or "", self.reference) if self.reference else None
        return drawn(
            lambda path: draw_comparison(path, labelled, printed, self.over),
            "learning curves side by side",
        )

    def __repr__(self) -> str:
        return "\n".join([table_text(_HEADINGS, self._rows()), *self._tests()])

    def _repr_html_(self) -> str:
        tests = table_html(("test",), [(line,) for line in self._tests()])
        return f"<div>{table_html(_HEADINGS, self._rows())}{tests}{self.picture.as_html()}</div>"

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for number, side in enumerate(self.sides, 1):
            spreads = [side.spread(column) for column in COLUMNS]
            means = (spread.mean if spread else None for spread in spreads)
            rows.append((f"{number} {side.path.name}", *map(_number, COLUMNS, means)))
        for pair in self.pairs:
            values = (pair.differences[column] for column in COLUMNS)
            shown = (
                _number(column, value, "+") for column, value in zip(COLUMNS, values, strict=True)
            )
            rows.append((f"{pair.other} - {pair.first}", *shown))
        return rows

    def _tests(self) -> list[str]:
        lines = []
        for pair in self.pairs:
            label = f"{pair.other} against {pair.first}"
            if pair.test is None:
                lines.append(f"{label}: no test, since {pair.no_test}")
            else:
                name = "McNemar's test" if isinstance(pair.test, McNemar) else "Welch's t test"
                lines.append(f"{label}: {name}, p = {pair.test.p_value:.2g}")
        return lines


def _number(column: str, value: float | None, sign: str = "") -> str:
    if value is None:
        return "-"
    digits = {"test_accuracy": 4, "test_loss": 4, "mflop": 3, "seconds": 1}.get(column)
    if digits is None:
        digits = 0 if value == int(value) else 1
    return f"{value:{sign},.{digits}f}"


def compare(
    *runs: PathLike | Run | Repeat,
    reference: PathLike | None = None,
    reference_config: str | None = None,
    over: Over = "epochs",
    code: Files = (),
) -> Comparison:
    """Compare runs, or repeats, with the first of them, as `cifarcnn compare` does.

    Args:
        runs: Run directories, folders of `repeat`, or what `train` and `repeat` return.
        reference: A CSV file with a printed curve: epoch, loss, accuracy, val_loss, val_accuracy,
            and config if it holds several.
        reference_config: Which curve of the file; by default the one with the name of a run's spec.
        over: What the curves are drawn over: `epochs` or `seconds`.
        code: Python files that register layers, callbacks or others; each runs once in a process.

    Raises:
        UserError: there are too few or too many runs, or one is not finished or not a run.
    """
    require_word("over", over, get_args(Over))
    if len(runs) < 2 and not (runs and reference):
        raise UserError("expected two or more runs to compare, or one with a reference")
    if len(runs) > MOST_SIDES:
        raise UserError(f"expected at most {MOST_SIDES} runs at once, received {len(runs)}")
    if reference is None and reference_config is not None:
        raise UserError(f"reference_config={reference_config!r}: expected a reference with it")
    with with_errors():
        run_code(code)
        sides = [
            read_side(run.path if isinstance(run, Run | Repeat) else as_path(run)) for run in runs
        ]
        pairs = compare_with_first(sides)
        for pair in pairs:
            if pair.mismatch:
                warn_user(pair.mismatch)
        name, curve = None, None
        if reference is not None:
            names = [side.spec.name for side in sides]
            name, curve = read_reference(as_path(reference), reference_config, names)
        if over == "seconds":
            curves = [(str(side.path), side.curve) for side in sides]
            if curve:
                curves.append(("the reference", curve))
            require_seconds("over='seconds'", curves)
        beside = all_beside_reference(sides, curve) if curve else []
        return Comparison(sides, pairs, curve, beside, name, over)
