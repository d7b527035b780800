"""Pictures of an evaluation; no display is needed."""

import logging
import warnings
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cifarcnn.files.atomic import write_atomically
from cifarcnn.metrics.calibration import Calibration
from cifarcnn.metrics.figures import Figures
from cifarcnn.metrics.mistakes import Mistake

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 120
_COLUMNS = 8
"""Of a contact sheet."""
_TILE = 1.32
"""The height of an image with its text, where the width is 1."""


def draw_figures(path: Path, figures: Figures, title: str) -> None:
    """Draw the confusion matrix and the reliability diagram into a PNG file.

    Raises:
        OSError: the file could not be written.
    """
    figure = _figure(13, 6.4)
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    _draw_confusion(left, figures)
    _draw_reliability(right, figures.calibration)
    low, high = figures.accuracy.interval
    figure.suptitle(
        f"{title}: accuracy {figures.accuracy.value:.4f}\n"
        f"95 % interval {low:.4f} to {high:.4f}, {figures.images:,} images",
        parse_math=False,
    )
    _save(figure, path)


def draw_mistakes(path: Path, mistakes: Sequence[Mistake], title: str) -> None:
    """Draw at least one mistake, with its classes and confidence, into a PNG file.

    Raises:
        OSError: the file could not be written.
    """
    columns = min(_COLUMNS, len(mistakes))
    rows = ceil(len(mistakes) / columns)
    figure = _figure(max(1.5 * columns, 5.0), 1.5 * _TILE * rows + 0.7)
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
    _save(figure, path)


def _draw_confusion(axes: "Axes", figures: Figures) -> None:
    names = figures.class_names
    counts = figures.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=color, fontsize=8)
    places = range(len(names))
    axes.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, names)
    axes.set(xlabel="predicted class", ylabel="true class", title="confusion matrix")


def _draw_reliability(axes: "Axes", calibration: Calibration) -> None:
    bins = calibration.bins
    images = sum(row.images for row in bins)
    axes.bar(
        [row.low for row in bins],
        [row.images / images for row in bins],
        width=1 / len(bins),
        align="edge",
        color="#d0d0d0",
        label="share of the images",
    )
    filled = [row for row in bins if row.images]
    axes.plot([0, 1], [0, 1], linestyle=":", color="#7f7f7f", label="perfect calibration")
    axes.plot(
        [row.confidence for row in filled],
        [row.accuracy for row in filled],
        marker="o",
        clip_on=False,
        color="#1f77b4",
        label="accuracy",
    )
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
        xlabel="confidence",
        ylabel="accuracy, share of the images",
        title=f"expected calibration error {calibration.error:.4f} ({len(bins)} bins)",
    )
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="upper left")


def _figure(width: float, height: float) -> "Figure":
    """An empty figure of so many inches."""
    # It would tell the terminal that it builds its font cache.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: "Figure", path: Path) -> None:
    def write(temporary: Path) -> None:
        figure.savefig(temporary, format="png")

    with warnings.catch_warnings():
        # The name of a run may have letters that the font lacks; they are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        write_atomically(path, write)
