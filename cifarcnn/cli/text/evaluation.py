"""Evaluations as text and tables that fit a terminal of 80 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cifarcnn.cli.text.output import fitting_table, plain_table
from cifarcnn.display.terminal import output_console, say
from cifarcnn.language.dataset_facts import scored_on
from cifarcnn.metrics.intervals import interval_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from cifarcnn.evaluation.evaluate import Evaluation
    from cifarcnn.metrics.intervals import Accuracy
    from cifarcnn.plots.confusion import Cell

_LABEL = 25
_SHORT = 5
"""Letters of a class' name over a column of the confusion matrix."""
_LONGEST = 16
"""Letters of a class' name beside a row of it."""
_MISTAKES = 10
"""At most so many are listed; all are in the picture and in the JSON."""


def show_evaluations(evaluations: "Sequence[Evaluation]") -> None:
    """One evaluation in full; several with a row each first."""
    if len(evaluations) == 1:
        _show(evaluations[0])
        return
    output_console().print(_summary(evaluations))
    for evaluation in evaluations:
        say(str(evaluation.checkpoint))
        _show(evaluation)


def show_line(label: str, text: str) -> None:
    """One figure or fact."""
    say(f"{label:<{_LABEL}}{text}")


def _summary(evaluations: "Sequence[Evaluation]") -> "Table":
    with_tta = any(evaluation.augmented for evaluation in evaluations)
    columns = ["accuracy", "95 % interval", *(["tta"] if with_tta else []), "loss", "top-2", "ECE"]
    rows: list[list[str]] = []
    for evaluation in evaluations:
        augmented = evaluation.augmented
        tta = [f"{augmented.accuracy.value:.4f}" if augmented else ""] if with_tta else []
        rows.append(
            [
                evaluation.label,
                f"{evaluation.figures.accuracy.value:.4f}",
                interval_text(evaluation.figures.accuracy.interval),
                *tta,
                f"{evaluation.loss:.4f}",
                f"{evaluation.figures.top2.value:.4f}",
                f"{evaluation.figures.calibration.error:.4f}",
            ]
        )
    headings = [("checkpoint", "left"), *((name, "right") for name in columns)]
    return fitting_table(headings, rows, ("ECE", "top-2", "loss", "tta", "95 % interval"))


def _show(evaluation: "Evaluation") -> None:
    _show_figures(evaluation)
    console = output_console()
    console.print(_class_table(evaluation))
    _show_confusion(evaluation)
    if evaluation.mistakes:
        console.print(_mistake_table(evaluation))


def _show_figures(evaluation: "Evaluation") -> None:
    name, calibration = evaluation.split, evaluation.figures.calibration
    on = f"({scored_on(evaluation.dataset, evaluation.images)})"
    show_line(f"{name} loss", f"{evaluation.loss:.4f}   {on}")
    _show_accuracy(f"{name} accuracy", evaluation.figures.accuracy, "(95 % interval, Wilson)")
    _show_accuracy(f"{name} top-2 accuracy", evaluation.figures.top2)
    if augmented := evaluation.augmented:
        note = f"({augmented.views} views, loss {augmented.loss:.4f})"
        _show_accuracy(f"with {augmented.tta}", augmented.accuracy, note)
    for check in evaluation.figures.checks:
        note = f"({check.accuracy.images:,} images)"
        _show_accuracy(f"without {check.without.replace('_', ' ')}", check.accuracy, note)
    show_line(
        "calibration error",
        f"{calibration.error:.4f}   (expected, {len(calibration.bins)} bins; "
        f"mean confidence {calibration.confidence:.4f})",
    )
    show_line("pixels", _pixels(evaluation))
    show_line("device", evaluation.device)
    if evaluation.outputs == "probabilities":
        show_line("outputs", "probabilities, clipped to 1e-7 for the loss, as in Keras")


def _pixels(evaluation: "Evaluation") -> str:
    """What the network is given, and what to do if that was assumed wrongly."""
    if not evaluation.pixels_assumed:
        return evaluation.pixels
    if evaluation.pixels == "raw":
        return "raw   (assumed: it rescales them; else --pixels unit)"
    return "unit   (assumed; else --pixels raw)"


def _show_accuracy(label: str, accuracy: "Accuracy", note: str = "") -> None:
    show_line(label, f"{accuracy.value:.4f}   {interval_text(accuracy.interval)}   {note}".rstrip())


def _class_table(evaluation: "Evaluation") -> "Table":
    columns = ("images", "correct", "precision", "recall", "F1")
    rows: list[list[str]] = []
    for row in evaluation.figures.classes:
        shares = (f"{share:.4f}" for share in (row.precision, row.recall, row.f1))
        rows.append([row.name, str(row.images), str(row.correct), *shares])
    headings = [("class", "left"), *((name, "right") for name in columns)]
    return fitting_table(headings, rows, ("images", "correct", "F1"))


def _show_confusion(evaluation: "Evaluation") -> None:
    """Counts, shaded by their share of the row.

    A terminal that is too narrow wraps the lines: a count must never be cut.
    """
    from rich.table import Table

    from cifarcnn.plots.confusion import confusion_cells

    names = evaluation.figures.class_names
    rows = confusion_cells(evaluation.figures)
    widest = max(len(str(cell.images)) for row in rows for cell in row)
    width = max(_SHORT, widest) + 1
    first = min(max(map(len, names)), _LONGEST) + 2
    table = Table(box=None, padding=0, width=first + len(names) * width)
    table.add_column("", width=first, no_wrap=True)
    short = [name[:_SHORT] for name in names]
    for label, name in enumerate(short):
        heading = name if short.count(name) == 1 else str(label)
        table.add_column(f"{heading} ", justify="right", width=width, no_wrap=True)
    for name, row in zip(names, rows, strict=True):
        table.add_row(name, *(_shaded(cell, width) for cell in row))
    say("images of each class (rows) by the class they are taken for (columns)")
    say()
    output_console().print(table, crop=False)
    say()


def _shaded(cell: "Cell", width: int) -> "Text":
    """A count on a blue that is the darker, the larger its share of the row."""
    from rich.text import Text

    text = f"{cell.images} ".rjust(width)
    if not cell.images:
        return Text(text, style="dim")
    red, green, blue = (
        round(light + cell.strength * (dark - light))
        for light, dark in ((247, 8), (251, 48), (255, 107))
    )
    ink = "#ffffff" if cell.strong else "#000000"
    return Text(text, style=f"{ink} on #{red:02x}{green:02x}{blue:02x}")


def _mistake_table(evaluation: "Evaluation") -> "Table":
    kinds = [("most confident mistakes", "left"), ("taken for", "left")]
    table = plain_table(*kinds, ("confidence", "right"), ("image", "right"))
    for mistake in evaluation.mistakes[:_MISTAKES]:
        table.add_row(
            mistake.true,
            mistake.predicted,
            f"{mistake.confidence:.4f}",
            str(mistake.index),
        )
    return table
