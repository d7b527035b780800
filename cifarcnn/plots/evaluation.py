"""Pictures of an evaluation: its figures, and its mistakes."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path

from cifarcnn.metrics.figures import Figures
from cifarcnn.metrics.intervals import interval_text
from cifarcnn.metrics.mistakes import Mistake
from cifarcnn.plots.confusion import draw_confusion
from cifarcnn.plots.figure import new_figure, save
from cifarcnn.plots.reliability import draw_reliability

_COLUMNS = 8
"""Of a contact sheet."""
_TILE = 1.32
"""The height of an image with its text, where the width is 1."""


def draw_figures(path: Path, figures: Figures, title: str) -> None:
    """Draw the confusion matrix and the reliability diagram into a PNG file.

    Raises:
        OSError: the file could not be written.
    """
    figure = new_figure(13, 6.4)
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    draw_confusion(left, figures)
    draw_reliability(right, figures.calibration)
    figure.suptitle(
        f"{title}: accuracy {figures.accuracy.value:.4f}\n"
        f"95 % interval {interval_text(figures.accuracy.interval)}, {figures.images:,} images",
        parse_math=False,
    )
    save(figure, path)


def draw_mistakes(path: Path, mistakes: Sequence[Mistake], title: str) -> None:
    """Draw at least one mistake, with its classes and confidence, into a PNG file.

    Raises:
        OSError: the file could not be written.
    """
    columns = min(_COLUMNS, len(mistakes))
    rows = ceil(len(mistakes) / columns)
    figure = new_figure(max(1.5 * columns, 5.0), 1.5 * _TILE * rows + 0.7)
    # One panel for all: a panel for each image takes most of a minute for 200 of them.
    axes = figure.subplots()
    for place, mistake in enumerate(mistakes):
        row, left = divmod(place, columns)
        bottom = row * _TILE
        axes.imshow(
            mistake.image,
            interpolation="nearest",
            extent=(left, left + 0.92, bottom, bottom - 0.92),
        )
        axes.text(
            left + 0.46,
            bottom - 0.96,
            f"true: {mistake.true}\npredicted: {mistake.predicted}\n{mistake.confidence:.4f}",
            ha="center",
            fontsize=7.5,
            parse_math=False,
        )
    axes.set(xlim=(0, columns), ylim=((rows - 1) * _TILE + 0.02, -_TILE), aspect="equal")
    axes.set_axis_off()
    figure.suptitle(
        f"{title}:\nthe most confident mistakes, with their confidence",
        fontsize=9,
        parse_math=False,
    )
    save(figure, path)
