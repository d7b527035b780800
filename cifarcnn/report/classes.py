"""How the network does on each class."""

from cifarcnn.metrics.figures import Figures
from cifarcnn.metrics.intervals import wilson_interval
from cifarcnn.report.rendering import Section, section


def classes_section(figures: Figures) -> Section:
    """Precision, recall and F1 of each class, as numbers and as bars."""
    rows = [(row, *wilson_interval(row.correct, row.images)) for row in figures.classes]
    return section("classes", "Classes", classes=rows)
