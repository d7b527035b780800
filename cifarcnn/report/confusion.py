"""Which classes are taken for which."""

from cifarcnn.metrics.figures import Figures
from cifarcnn.plots.confusion import confusion_cells, most_confused
from cifarcnn.report.rendering import Section, section

_MOST_NAMED = 6


def confusion_section(figures: Figures) -> Section:
    """The confusion matrix, shaded, and the most frequent confusions in words."""
    return section(
        "confusion",
        "Confusion matrix",
        names=figures.class_names,
        rows=confusion_cells(figures),
        confused=most_confused(figures, _MOST_NAMED),
    )
