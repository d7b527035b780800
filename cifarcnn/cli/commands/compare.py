"""`cifarcnn compare`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.options import code_option, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cifarcnn.runs.comparison import BesideReference, Pair, Side
    from cifarcnn.runs.learning_curve import Curve, Over

_MOST_SIDES = 9
"""Each has a mark of one digit in the plot."""
_PICTURES = (".png", ".pdf", ".svg")
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


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Lay a printed curve beside the runs: epoch,loss,accuracy,val_loss,val_accuracy, and "
    "config if the file holds several.",
)
@click.option(
    "--reference-config",
    metavar="NAME",
    help="Which curve of the file.  [default: the one with the name of a run's spec]",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the learning curves as a picture (.png, .pdf or .svg).",
)
@click.option(
    "--over",
    type=click.Choice(["epochs", "seconds"]),
    default="epochs",
    show_default=True,
    help="What the curves are drawn over; seconds are those of training and validation.",
)
@code_option
@json_option
def compare_command(
    runs: tuple[Path, ...],
    reference: Path | None,
    reference_config: str | None,
    plot: Path | None,
    over: "Over",
    as_json: bool,
) -> None:
    """Compare RUN directories, or folders of `cifarcnn repeat`, with the first of them.

    Shows the scores with their differences, what differs in the specs, and the learning curves.
    Two runs on the same test images are compared by McNemar's test on their predictions, two
    repeats by Welch's t test on their accuracies; of a repeat, every figure is the mean over its
    seeds.
    """
    from cifarcnn.cli.text.output import print_json
    from cifarcnn.runs.comparison import beside_reference, compare_pair, read_side
    from cifarcnn.runs.learning_curve import read_reference

    _require_sense(runs, reference, reference_config, plot)
    sides = [read_side(path) for path in runs]
    pairs = [compare_pair(sides, number) for number in range(2, len(sides) + 1)]
    printed = None
    beside: list[BesideReference] = []
    if reference is not None:
        names = [side.spec.name for side in sides]
        printed = read_reference(reference, reference_config, names)
        found = (beside_reference(n, side, printed[1]) for n, side in enumerate(sides, 1))
        beside = [rows for rows in found if rows]
    if over == "seconds":
        _require_seconds(sides, printed)
    if plot is not None:
        _draw(plot, sides, printed, over)
    for pair in pairs:
        if pair.mismatch:
            _warn(pair.mismatch)
    if as_json:
        print_json(_as_data(sides, pairs, printed, beside))
        return
    _show_sides(sides, pairs)
    for pair in pairs:
        _show_pair(pair, sides)
    if sum(pair.test is not None for pair in pairs) > 1:
        click.echo("each p is of one comparison alone; among many, some are small by chance")
    _show_curves(sides, printed, over)
    if printed:
        _show_reference(printed, beside)
    if plot is not None:
        click.echo(f"\ncurves in {_shown(plot)}")


def _require_sense(
    runs: "Sequence[Path]", reference: Path | None, name: str | None, plot: Path | None
) -> None:
    from cifarcnn.errors import UserError

    if len(runs) == 1 and reference is None:
        raise UserError("expected two or more runs to compare, or one with --reference FILE.csv")
    if len(runs) > _MOST_SIDES:
        raise UserError(f"expected at most {_MOST_SIDES} runs at once, received {len(runs)}")
    if name is not None and reference is None:
        raise UserError(f"--reference-config {name}: expected --reference FILE.csv with it")
    if plot is not None and plot.suffix.lower() not in _PICTURES:
        raise UserError(f"--plot {plot}: expected a name that ends in .png, .pdf or .svg")


def _require_seconds(sides: "list[Side]", printed: "tuple[str, Curve] | None") -> None:
    from cifarcnn.errors import UserError

    curves = [(str(side.path), side.curve) for side in sides]
    if printed:
        curves.append((f"the reference {printed[0]}", printed[1]))
    for name, curve in curves:
        if not curve.seconds:
            raise UserError(f"--over seconds: {name} does not say how long its epochs took")


def _draw(
    path: Path, sides: "list[Side]", reference: "tuple[str, Curve] | None", over: "Over"
) -> None:
    from cifarcnn.errors import CifarcnnError, os_reason
    from cifarcnn.files.atomic import write_atomically
    from cifarcnn.plots.comparison import draw_comparison

    labelled = [(f"{number} {side.path.name}", side) for number, side in enumerate(sides, 1)]
    try:
        write_atomically(
            path, lambda temporary: draw_comparison(temporary, labelled, reference, over)
        )
    except OSError as error:
        raise CifarcnnError(f"cannot write {path}: {os_reason(error)}") from error


def _as_data(
    sides: "list[Side]",
    pairs: "list[Pair]",
    printed: "tuple[str, Curve] | None",
    beside: "list[BesideReference]",
) -> dict[str, Any]:
    return {
        "sides": [_side_data(side) for side in sides],
        "pairs": [
            asdict(pair) | {"test_name": type(pair.test).__name__ if pair.test else None}
            for pair in pairs
        ],
        "reference": {"name": printed[0], "sides": [asdict(rows) for rows in beside]}
        if printed
        else None,
    }


def _side_data(side: "Side") -> dict[str, Any]:
    spreads = {column: side.spread(column) for column in _HEADINGS}
    dataset, images = side.dataset
    return {
        "path": str(side.path),
        "kind": side.kind,
        "name": side.spec.name,
        "dataset": dataset,
        "test_images": images,
        "validation_is_test": side.steered_by_test,
        "seeds": [summary.seed for summary in side.summaries],
        "unfinished_seeds": side.unfinished,
        **{column: asdict(found) if found else None for column, found in spreads.items()},
        "curve": asdict(side.curve),
    }


def _show_sides(sides: "list[Side]", pairs: "list[Pair]") -> None:
    from cifarcnn.cli.text.output import fitting_table, output_console, scored_on

    for number, side in enumerate(sides, 1):
        click.echo(f"{number}  {_shown(side.path)}  {_shown(scored_on(*side.dataset))}")
        for note in _notes(side):
            click.echo(f"   {note}")
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


def _notes(side: "Side") -> list[str]:
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


def _show_pair(pair: "Pair", sides: "list[Side]") -> None:
    from cifarcnn.metrics.significance import McNemar, Welch

    label = f"{pair.other} against {pair.first}"
    if isinstance(test := pair.test, McNemar):
        click.echo(
            f"{label}: {pair.first} alone is right on {test.only_first:,} images, {pair.other} "
            f"alone on {test.only_second:,}"
        )
        click.echo(f"  McNemar's test ({test.method}): {_p(test.p_value)}")
        click.echo("  of these two networks; the same specs with other seeds may differ otherwise")
    elif isinstance(test, Welch):
        counts = f"{len(sides[pair.first - 1].runs)} and {len(sides[pair.other - 1].runs)} seeds"
        click.echo(
            f"{label}: Welch's t test of the mean accuracies ({counts}): t = {test.t:.3f}, "
            f"{test.freedom:.1f} degrees of freedom, {_p(test.p_value)}"
        )
    else:
        click.echo(f"{label}: no test, since {_shown(pair.no_test or '')}")
    if not pair.layers and not pair.keys:
        click.echo("  their specs do not differ")
    for path, (left, right) in pair.keys.items():
        values = (
            _shown(value) if value is not None else "(no such key)" for value in (left, right)
        )
        click.echo(f"  {_shown(path)}: {' -> '.join(values)}")
    for left, right in pair.layers:
        for sign, layer in (("-", left), ("+", right)):
            if layer is not None:
                click.echo(f"  {sign} {_shown(layer)}")


def _p(value: float) -> str:
    return f"p = {value:.2g}" if value >= 1e-4 else f"p = {value:.1e}"


def _show_curves(sides: "list[Side]", printed: "tuple[str, Curve] | None", over: "Over") -> None:
    from cifarcnn.cli.text.ascii_plot import text_plot
    from cifarcnn.cli.text.output import output_console

    marked = [(str(number), side.curve) for number, side in enumerate(sides, 1)]
    what = f"validation accuracy by {'epoch' if over == 'epochs' else 'seconds of training'}"
    if printed:
        marked.append(("r", printed[1]))
        what += "; r is the reference"
    curves = [
        (mark, [round(x) for x in curve.places(over)], curve.val_accuracy) for mark, curve in marked
    ]
    click.echo(f"\n{what}; * where curves meet")
    for line in text_plot(curves, width=min(output_console().width, 80)):
        click.echo(line)


def _show_reference(printed: "tuple[str, Curve]", beside: "list[BesideReference]") -> None:
    click.echo(f"\nvalidation accuracy beside the reference {_shown(printed[0])}")
    if not beside:
        click.echo("  no epoch in common")
    for side in beside:
        click.echo(f"{'epoch':>8}{'reference':>12}{side.side:>10}{'difference':>13}")
        step = -(-len(side.rows) // _MOST_ROWS)
        for epoch, theirs, ours in [*side.rows[:-1:step], side.rows[-1]]:
            click.echo(f"{epoch:>8}{theirs:>12.4f}{ours:>10.4f}{ours - theirs:>+13.4f}")
        first, last = side.last_epochs
        theirs, ours = side.last_means
        span = f"{first}-{last}" if first != last else str(first)
        click.echo(f"{'mean ' + span:>8}{theirs:>12.4f}{ours:>10.4f}{ours - theirs:>+13.4f}")


def _warn(text: str) -> None:
    click.echo(f"warning: {_shown(text)}", err=True)


def _shown(text: object) -> str:
    from cifarcnn.cli.text.printable import printable

    return printable(str(text))
