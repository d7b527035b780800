"""The result of `cifarcnn compare`."""

from cifarcnn.cli.text.output import fitting_table
from cifarcnn.display.terminal import output_console, say
from cifarcnn.language.dataset_facts import scored_on
from cifarcnn.metrics.significance import McNemar, Welch
from cifarcnn.plots.ascii_plot import text_plot
from cifarcnn.runs.comparison import BesideReference, Pair, Side
from cifarcnn.runs.learning_curve import Curve, Over

Printed = tuple[str, Curve] | None
"""The reference: its name and its curve."""

_MOST_ROWS = 20
_HEADINGS = {
    "test_accuracy": "accuracy",
    "test_loss": "loss",
    "epochs": "epochs",
    "best_epoch": "best",
    "seconds": "seconds",
    "parameters": "parameters",
    "mflop": "MFLOP",
}


def show_comparison(
    sides: list[Side],
    pairs: list[Pair],
    printed: Printed,
    beside: list[BesideReference],
    over: Over,
) -> None:
    """The scores and their differences, the tests, what differs in the specs, and the curves."""
    _show_sides(sides, pairs)
    for pair in pairs:
        _show_pair(pair, sides)
    if sum(pair.test is not None for pair in pairs) > 1:
        say("each p is of one comparison alone; among many, some are small by chance")
    _show_curves(sides, printed, over)
    if printed:
        _show_reference(printed, beside)


def _show_sides(sides: list[Side], pairs: list[Pair]) -> None:
    for number, side in enumerate(sides, 1):
        say(f"{number}  {side.path}  ({scored_on(*side.dataset)})")
        for note in _notes(side):
            say(f"   {note}")
    columns = [("", "left"), *((heading, "right") for heading in _HEADINGS.values())]
    rows: list[list[str]] = []
    for number, side in enumerate(sides, 1):
        spreads = {column: side.spread(column) for column in _HEADINGS}
        means = (_number(column, x.mean if x else None) for column, x in spreads.items())
        rows.append([str(number), *means])
        if side.kind == "repeat" and len(side.runs) > 1:
            shown = ("test_accuracy", "test_loss", "epochs", "best_epoch", "seconds")
            rows.append(
                [
                    " sd",
                    *(
                        _number(column, x.deviation if x else None) if column in shown else ""
                        for column, x in spreads.items()
                    ),
                ]
            )
    for pair in pairs:
        rows.append(
            [
                f"{pair.other} - {pair.first}",
                *(_number(column, pair.differences[column], sign="+") for column in _HEADINGS),
            ]
        )
    dropped_first = ("MFLOP", "seconds", "best", "parameters", "epochs")
    output_console().print(fitting_table(columns, rows, dropped_first))


def _notes(side: Side) -> list[str]:
    notes = []
    if side.kind == "repeat":
        seeds = ", ".join(str(summary.seed) for summary in side.summaries)
        notes.append(f"mean of {len(side.summaries)} seeds: {seeds}")
    if side.unfinished:
        notes.append(f"without unfinished or failed seeds: {', '.join(map(str, side.unfinished))}")
    if side.steered_by_test:
        notes.append("the test set steered the training, so its score is optimistic")
    return notes


def _number(column: str, value: float | None, sign: str = "") -> str:
    if value is None:
        return "-"
    if column in ("test_accuracy", "test_loss"):
        return f"{value:{sign}.4f}"
    if column == "mflop":
        return f"{value:{sign},.3f}"
    if column == "seconds" or value != int(value):
        return f"{value:{sign},.1f}"
    return f"{int(value):{sign},}"


def _show_pair(pair: Pair, sides: list[Side]) -> None:
    label = f"{pair.other} against {pair.first}"
    if isinstance(test := pair.test, McNemar):
        say(
            f"{label}: {pair.first} alone is right on {test.only_first:,} images, {pair.other} "
            f"alone on {test.only_second:,}"
        )
        say(f"  McNemar's test ({test.method}): {_p(test.p_value)}")
        say("  of these two networks; the same specs with other seeds may differ otherwise")
    elif isinstance(test, Welch):
        counts = f"{len(sides[pair.first - 1].runs)} and {len(sides[pair.other - 1].runs)} seeds"
        say(
            f"{label}: Welch's t test of the mean accuracies ({counts}): t = {test.t:.3f}, "
            f"{test.freedom:.1f} degrees of freedom, {_p(test.p_value)}"
        )
    else:
        say(f"{label}: no test, since {pair.no_test or ''}")
    if not pair.layers and not pair.keys:
        say("  their specs do not differ")
    for path, (left, right) in pair.keys.items():
        values = ("(no such key)" if value is None else value for value in (left, right))
        say(f"  {path}: {' -> '.join(values)}")
    for left, right in pair.layers:
        for sign, layer in (("-", left), ("+", right)):
            if layer is not None:
                say(f"  {sign} {layer}")


def _p(value: float) -> str:
    return f"p = {value:.2g}" if value >= 1e-4 else f"p = {value:.1e}"


def _show_curves(sides: list[Side], printed: Printed, over: Over) -> None:
    marked = [(str(number), side.curve) for number, side in enumerate(sides, 1)]
    what = f"validation accuracy by {'epoch' if over == 'epochs' else 'seconds of training'}"
    if printed:
        marked.append(("r", printed[1]))
        what += "; r is the reference"
    curves = [
        (mark, [round(x) for x in curve.places(over)], curve.val_accuracy) for mark, curve in marked
    ]
    say()
    say(f"{what}; * where curves meet")
    for line in text_plot(curves, width=min(output_console().width, 80)):
        say(line)


def _show_reference(printed: tuple[str, Curve], beside: list[BesideReference]) -> None:
    say()
    say(f"validation accuracy beside the reference {printed[0]}")
    if not beside:
        say("  no epoch in common")
    for side in beside:
        say(f"{'epoch':>8}{'reference':>12}{side.side:>10}{'difference':>13}")
        step = -(-len(side.rows) // _MOST_ROWS)
        for epoch, theirs, ours in [*side.rows[:-1:step], side.rows[-1]]:
            say(f"{epoch:>8}{theirs:>12.4f}{ours:>10.4f}{ours - theirs:>+13.4f}")
        first, last = side.last_epochs
        theirs, ours = side.last_means
        span = f"{first}-{last}" if first != last else str(first)
        say(f"{'mean ' + span:>8}{theirs:>12.4f}{ours:>10.4f}{ours - theirs:>+13.4f}")
