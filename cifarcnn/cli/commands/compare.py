"""`cifarcnn compare`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.options import code_option, json_option
from cifarcnn.cli.parameters import Picture
from cifarcnn.display.printable import printable
from cifarcnn.display.terminal import print_json, say, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cifarcnn.runs.comparison import BesideReference, Pair, Side
    from cifarcnn.runs.learning_curve import Curve, Over

"""Each has a mark of one digit in the plot."""


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
    type=Picture(),
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
    from cifarcnn.runs.comparison import (
        all_beside_reference,
        compare_with_first,
        read_side,
        require_seconds,
    )
    from cifarcnn.runs.learning_curve import read_reference

    _require_sense(runs, reference, reference_config)
    sides = [read_side(path) for path in runs]
    pairs = compare_with_first(sides)
    printed = None
    beside: list[BesideReference] = []
    if reference is not None:
        names = [side.spec.name for side in sides]
        printed = read_reference(reference, reference_config, names)
        beside = all_beside_reference(sides, printed[1])
    if over == "seconds":
        curves = [(str(side.path), side.curve) for side in sides]
        if printed:
            curves.append((f"the reference {printed[0]}", printed[1]))
        require_seconds("--over seconds", curves)
    if plot is not None:
        _draw(plot, sides, printed, over)
    for pair in pairs:
        if pair.mismatch:
            warn(pair.mismatch)
    if as_json:
        print_json(_as_data(sides, pairs, printed, beside))
        return
    from cifarcnn.cli.text.comparison import show_comparison

    show_comparison(sides, pairs, printed, beside, over)
    if plot is not None:
        say()
        say(f"curves in {plot}")


def _require_sense(runs: "Sequence[Path]", reference: Path | None, name: str | None) -> None:
    from cifarcnn.runs.comparison import MOST_SIDES

    if len(runs) == 1 and reference is None:
        raise click.UsageError(
            "expected two or more runs to compare, or one with --reference FILE.csv"
        )
    if len(runs) > MOST_SIDES:
        raise click.UsageError(f"expected at most {MOST_SIDES} runs at once, received {len(runs)}")
    if name is not None and reference is None:
        raise click.BadParameter(
            "expected --reference FILE.csv with it", param_hint="'--reference-config'"
        )


def _draw(
    path: Path, sides: "list[Side]", reference: "tuple[str, Curve] | None", over: "Over"
) -> None:
    from cifarcnn.errors import CifarcnnError, os_reason
    from cifarcnn.plots.comparison import draw_comparison

    labelled = [
        (f"{number} {printable(side.path.name)}", side) for number, side in enumerate(sides, 1)
    ]
    try:
        draw_comparison(path, labelled, reference, over)
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
    from cifarcnn.runs.comparison import COLUMNS

    spreads = {column: side.spread(column) for column in COLUMNS}
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
