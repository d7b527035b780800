"""The picture of a comparison: loss and accuracy of several runs over epochs or seconds."""

from collections.abc import Sequence
from pathlib import Path

from cifarcnn.plots.figure import finish_axes, loss_and_accuracy, new_figure, save
from cifarcnn.runs.comparison import Side
from cifarcnn.runs.learning_curve import Curve, Over


def draw_comparison(
    path: Path,
    sides: Sequence[tuple[str, Side]],
    reference: tuple[str, Curve] | None = None,
    over: Over = "epochs",
) -> None:
    """Draw validation (solid) and training (dashed) curves of labelled sides into an image file.

    A repeat is drawn as its mean, with a band from the lowest to the highest of its seeds.

    Raises:
        OSError, ValueError: the file cannot be written, or is of no known format.
    """
    figure = new_figure(11, 4.5)
    for axes, name in loss_and_accuracy(figure):
        for number, (label, side) in enumerate(sides):
            color, curve = f"C{number % 10}", side.curve
            x = curve.places(over)
            axes.plot(x, curve.values(f"val_{name}"), color=color, label=_plain(label))
            axes.plot(x, curve.values(name), color=color, linestyle="--", linewidth=0.8)
            if len(side.curves) > 1:
                values = [one.values(f"val_{name}")[: len(curve.epochs)] for one in side.curves]
                lowest = [min(at) for at in zip(*values, strict=True)]
                highest = [max(at) for at in zip(*values, strict=True)]
                axes.fill_between(x, lowest, highest, color=color, alpha=0.15)
        if reference:
            title, curve = reference
            x = curve.places(over)
            axes.plot(
                x,
                curve.values(f"val_{name}"),
                color="black",
                marker=".",
                label=_plain(f"reference: {title}"),
            )
            axes.plot(x, curve.values(name), color="black", linestyle="--", linewidth=0.8)
        xlabel = "epoch" if over == "epochs" else "seconds of training"
        axes.set(xlabel=xlabel, ylabel=f"{name} (solid: validation, dashed: training)")
        finish_axes(axes, fontsize="small")
    save(figure, path)


def _plain(label: str) -> str:
    """A text that matplotlib takes neither for a formula nor for a label to leave out."""
    return " " + label.replace("$", r"\$") if label.startswith("_") else label.replace("$", r"\$")
