"""The reliability diagram: how often a network is right, by how sure it is."""

from typing import TYPE_CHECKING

from cifarcnn.metrics.calibration import Calibration
from cifarcnn.plots.figure import finish_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_reliability(axes: "Axes", calibration: Calibration) -> None:
    """Draw accuracy over confidence, and the share of the images that each bin holds."""
    bins, filled = calibration.bins, calibration.filled
    axes.bar(
        [row.low for row in bins],
        [row.images / calibration.images for row in bins],
        width=1 / len(bins),
        align="edge",
        color="#d0d0d0",
        label="share of the images",
    )
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
    finish_axes(axes, loc="upper left")
