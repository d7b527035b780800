"""The picture of a history: loss and accuracy over epochs."""

from collections.abc import Sequence
from pathlib import Path

from cifarcnn.plots.figure import finish_axes, loss_and_accuracy, new_figure, save
from cifarcnn.runs.history import EpochRow


def draw_curves(path: Path, rows: Sequence[EpochRow], title: str) -> None:
    """Draw training and validation loss and accuracy into an image file.

    Raises:
        OSError: the file could not be written.
    """
    epochs = [row.epoch for row in rows]
    best = max(rows, key=lambda row: row.val_accuracy)
    figure = new_figure(10, 4)
    for axes, name in loss_and_accuracy(figure):
        train = [getattr(row, name) for row in rows]
        validation = [getattr(row, f"val_{name}") for row in rows]
        axes.plot(epochs, train, marker="o", markersize=3, label="training", color="#7f7f7f")
        axes.plot(epochs, validation, marker="o", markersize=3, label="validation", color="#1f77b4")
        axes.axvline(best.epoch, color="#2ca02c", linestyle=":", label=f"best epoch ({best.epoch})")
        axes.set(xlabel="epoch", ylabel=name)
        finish_axes(axes)
    figure.suptitle(title)
    save(figure, path)
