"""Which classes are taken for which: the confusion matrix, as data and as a picture."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cifarcnn.metrics.figures import Figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STRONG = 0.55
"""The shade from which text on it is light."""


@dataclass(frozen=True)
class Cell:
    """The images of one class that are taken for one class."""

    true: str
    predicted: str
    right: bool
    """Whether both classes are the same."""
    images: int
    of: int
    """All images of the true class."""

    @property
    def words(self) -> str:
        """Such as `cat taken for dog`."""
        return f"{self.true} taken for {self.predicted}"

    @property
    def share(self) -> float:
        """Of the images of the true class, from 0 to 1."""
        return self.images / max(self.of, 1)

    @property
    def strength(self) -> float:
        """How dark the cell is, from 0 to 1."""
        return math.sqrt(self.share)  # confusions are rare, and should be seen

    @property
    def strong(self) -> bool:
        """Whether text on it is light."""
        return self.strength > _STRONG


def confusion_cells(figures: Figures) -> list[list[Cell]]:
    """A row for each true class, with a cell for each class."""
    names = figures.class_names
    return [
        [
            Cell(names[row], names[column], row == column, count, sum(counts))
            for column, count in enumerate(counts)
        ]
        for row, counts in enumerate(figures.confusion.tolist())
    ]


def most_confused(figures: Figures, most: int) -> list[Cell]:
    """The most frequent confusions, the most frequent first, equal ones in the matrix' order."""
    cells = [cell for row in confusion_cells(figures) for cell in row]
    wrong = [cell for cell in cells if cell.images and not cell.right]
    return sorted(wrong, key=lambda cell: -cell.images)[:most]


def draw_confusion(axes: "Axes", figures: Figures) -> None:
    """Draw the matrix with its counts, shaded by their share of the row."""
    rows = confusion_cells(figures)
    axes.imshow([[cell.share for cell in row] for row in rows], cmap="Blues", vmin=0, vmax=1)
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            color = "white" if cell.share > 0.5 else "black"
            text = str(cell.images)
            axes.text(column, row, text, ha="center", va="center", color=color, fontsize=8)
    names = figures.class_names
    places = range(len(names))
    axes.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, names)
    axes.set(xlabel="predicted class", ylabel="true class", title="confusion matrix")
