"""Whether the network is right as often as it is sure."""

from cifarcnn.metrics.figures import Figures
from cifarcnn.plots.reliability import reliability_svg
from cifarcnn.report.rendering import Section, section


def calibration_section(figures: Figures) -> Section:
    """The reliability diagram, with the expected calibration error."""
    return section(
        "calibration",
        "Calibration",
        calibration=figures.calibration,
        accuracy=figures.accuracy.value,
        diagram=reliability_svg(figures.calibration),
    )
