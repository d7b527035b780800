"""How the network does on each class."""

from cifarcnn.metrics.classification import ClassFigures
from cifarcnn.metrics.figures import Figures
from cifarcnn.metrics.intervals import wilson_interval
from cifarcnn.report.html import Html, element
from cifarcnn.report.parts import Section, note, section, table


def classes_section(figures: Figures) -> Section:
    """Precision, recall and F1 of each class, as numbers and as bars."""
    return section(
        "classes",
        "Classes",
        table(
            "Figures of each class",
            ["class", "images", "precision", "recall", "95 % interval", "F1"],
            [_row(row) for row in figures.classes],
        ),
        note(
            "Precision: of the images taken for the class, the share that are of it. Recall: of "
            "its images, the share that are recognized, with Wilson's interval. F1: the harmonic "
            "mean of both."
        ),
    )


def _row(figures: ClassFigures) -> list[str | Html]:
    low, high = wilson_interval(figures.correct, figures.images)
    return [
        figures.name,
        f"{figures.images:,}",
        _bar(figures.precision),
        _bar(figures.recall),
        f"{low:.3f} to {high:.3f}",
        _bar(figures.f1),
    ]


def _bar(value: float) -> Html:
    filled = element("i", style=f"width:{100 * value:.1f}%")
    return element("td", element("span", filled, class_="bar"), f"{value:.4f}", class_="number")
