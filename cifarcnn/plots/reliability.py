"""The reliability diagram: how often a network is right, by how sure it is."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from cifarcnn.metrics.calibration import Bin, Calibration
from cifarcnn.plots.figure import finish_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE, _MARGIN = 260, 44
"""Of the square of the SVG, in the units of the drawing."""


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


def reliability_svg(calibration: Calibration) -> Markup:
    """The same as SVG, which tells the numbers of each bin under the pointer."""
    height = _SIZE + 2 * _MARGIN + 34
    largest = max(row.images for row in calibration.bins)
    bars = [_bar(row, calibration.images, largest) for row in calibration.filled]
    return Markup(
        '<svg viewBox="0 0 {width} {height}" role="img" aria-label="Reliability diagram: expected '
        'calibration error {error:.4f}, mean confidence {confidence:.4f}" class="square">\n'
        '<g class="axes">\n<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" class="diagonal"/>\n'
        "{ticks}\n"
        '<text x="{middle}" y="{below}" text-anchor="middle">confidence</text>\n'
        '<text x="{x0}" y="{above}">share that is right</text>\n</g>\n'
        '<g class="bins">\n{bars}\n</g>\n</svg>'
    ).format(
        width=_SIZE + 2 * _MARGIN,
        height=height,
        error=calibration.error,
        confidence=calibration.confidence,
        x0=_x(0),
        y0=_y(0),
        x1=_x(1),
        y1=_y(1),
        ticks=Markup("\n").join(map(_tick, (0, 0.25, 0.5, 0.75, 1))),
        middle=_x(0.5),
        below=height - 4,
        above=_MARGIN - 16,
        bars=Markup("\n").join(bars),
    )


def _tick(value: float) -> Markup:
    """A line across, with its number on both axes."""
    return Markup(
        '<g><line x1="{x0}" x2="{x1}" y1="{y}" y2="{y}"/>'
        '<text x="{left}" y="{text_y}" text-anchor="end">{value:g}</text>'
        '<text x="{x}" y="{below}" text-anchor="middle">{value:g}</text></g>'
    ).format(
        x0=_x(0),
        x1=_x(1),
        x=_x(value),
        y=_y(value),
        left=_x(0) - 8,
        text_y=_y(value) + 4,
        below=_y(0) + 58,
        value=value,
    )


def _bar(row: Bin, images: int, largest: int) -> Markup:
    """A bin: its accuracy, the point at its mean confidence, and below how full it is."""
    return Markup(
        "<g><title>confidence {row.low:.2f} to {row.high:.2f}: {row.images:,} images "
        "({percent:.1f} %), {row.accuracy:.4f} right, mean confidence {row.confidence:.4f}</title>"
        '<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        '<circle cx="{x:.1f}" cy="{top:.1f}" r="3.5"/>'
        '<rect x="{left:.1f}" y="{strip:.1f}" width="{width:.1f}" height="{full:.1f}" '
        'class="images"/></g>'
    ).format(
        row=row,
        percent=100 * row.images / images,
        left=_x(row.low) + 1,
        width=_SIZE * (row.high - row.low) - 2,
        top=_y(row.accuracy),
        height=_SIZE * row.accuracy,
        x=_x(row.confidence),
        strip=_y(0) + 8,
        full=max(30 * row.images / largest, 0.5),
    )


def _x(share: float) -> float:
    return _MARGIN + _SIZE * share


def _y(share: float) -> float:
    return _MARGIN + _SIZE * (1 - share)
