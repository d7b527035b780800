"""Figures of matplotlib, as all pictures begin and end; no display is needed."""

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cifarcnn.files.atomic import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 120


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure of that many inches."""
    # It would tell the terminal that it builds its font cache.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def loss_and_accuracy(figure: "Figure") -> Iterator[tuple["Axes", str]]:
    """Two panels over whole numbers, for the loss and for the accuracy, with these names."""
    from matplotlib.ticker import MaxNLocator

    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        yield axes, name


def finish_axes(axes: "Axes", **legend: Any) -> None:
    """Add a grid and a legend of what has been drawn."""
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, **legend)


def save(figure: "Figure", path: Path) -> None:
    """Write a figure atomically, in the format of the file's suffix.

    Raises:
        OSError, ValueError: the file cannot be written, or is of no known format.
    """
    with warnings.catch_warnings():
        # The name of a run may have letters that the font lacks; they are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        write_atomically(path, figure.savefig)
