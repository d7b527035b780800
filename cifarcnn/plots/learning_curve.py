"""The picture of a history: loss and accuracy over epochs."""

import logging
from collections.abc import Sequence
from pathlib import Path

from cifarcnn.runs.history import EpochRow


def draw_curves(path: Path, rows: Sequence[EpochRow], title: str) -> None:
    """Draw training and validation loss and accuracy into an image file; no display is needed."""
    # It would tell the terminal that it builds its font cache.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    epochs = [row.epoch for row in rows]
    best = max(rows, key=lambda row: row.val_accuracy)
    figure = Figure(figsize=(10, 4), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2)
    for axes, name in zip(panels, ("loss", "accuracy"), strict=True):
        train = [getattr(row, name) for row in rows]
        validation = [getattr(row, f"val_{name}") for row in rows]
        axes.plot(epochs, train, marker="o", markersize=3, label="training", color="#7f7f7f")
        axes.plot(epochs, validation, marker="o", markersize=3, label="validation", color="#1f77b4")
        axes.axvline(best.epoch, color="#2ca02c", linestyle=":", label=f"best epoch ({best.epoch})")
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.suptitle(title)
    figure.savefig(path)
