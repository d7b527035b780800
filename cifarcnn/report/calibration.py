"""Whether the network is right as often as it is sure."""

from cifarcnn.metrics.calibration import Bin, Calibration
from cifarcnn.metrics.figures import Figures
from cifarcnn.report.html import Html, element
from cifarcnn.report.parts import Section, facts, note, section

_SIZE, _MARGIN = 260, 44


def calibration_section(figures: Figures) -> Section:
    """The reliability diagram, with the expected calibration error."""
    found = figures.calibration
    gap = found.confidence - figures.accuracy.value
    judgement = "more sure than right" if gap > 0 else "more often right than sure"
    return section(
        "calibration",
        "Calibration",
        element(
            "div",
            _diagram(found, figures.accuracy.images),
            element(
                "div",
                facts(
                    [
                        ("expected calibration error", f"{found.error:.4f}"),
                        ("mean confidence", f"{found.confidence:.4f}"),
                        ("accuracy", f"{figures.accuracy.value:.4f}"),
                    ]
                ),
                note(
                    f"On average the network is {judgement} by {abs(gap):.4f}. Confidence is the "
                    f"largest probability. In each of {len(found.bins)} bins of equal width the "
                    "bar shows the share that is right; on the diagonal it would be as large as "
                    "the confidence. The error is the mean gap, weighted by images (Guo et al. "
                    "2017). The strip below shows how many images each bin holds."
                ),
            ),
            class_="beside",
        ),
    )


def _diagram(found: Calibration, images: int) -> Html:
    width, height = _SIZE + 2 * _MARGIN, _SIZE + 2 * _MARGIN + 34
    axes = [
        element("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), class_="diagonal"),
        *(
            element(
                "g",
                element("line", x1=_x(0), x2=_x(1), y1=_y(v), y2=_y(v)),
                element("text", f"{v:g}", x=_x(0) - 8, y=_y(v) + 4, text_anchor="end"),
                element("text", f"{v:g}", x=_x(v), y=_y(0) + 58, text_anchor="middle"),
            )
            for v in (0, 0.25, 0.5, 0.75, 1)
        ),
        element("text", "confidence", x=_x(0.5), y=height - 4, text_anchor="middle"),
        element("text", "share that is right", x=_x(0), y=_MARGIN - 16),
    ]
    largest = max(row.images for row in found.bins)
    bars = [_bar(row, images, largest) for row in found.bins if row.images]
    label = (
        f"Reliability diagram: expected calibration error {found.error:.4f}, mean confidence "
        f"{found.confidence:.4f}"
    )
    return element(
        "svg",
        element("g", axes, class_="axes"),
        element("g", bars, class_="bins"),
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=label,
        class_="square",
    )


def _bar(row: Bin, images: int, largest: int) -> Html:
    left, width = _x(row.low) + 1, _SIZE * (row.high - row.low) - 2
    tall = 30 * row.images / largest
    text = (
        f"confidence {row.low:.2f} to {row.high:.2f}: {row.images:,} images "
        f"({100 * row.images / images:.1f} %), {row.accuracy:.4f} right, mean confidence "
        f"{row.confidence:.4f}"
    )
    return element(
        "g",
        element("title", text),
        element(
            "rect",
            x=f"{left:.1f}",
            y=f"{_y(row.accuracy):.1f}",
            width=f"{width:.1f}",
            height=f"{_SIZE * row.accuracy:.1f}",
        ),
        element("circle", cx=f"{_x(row.confidence):.1f}", cy=f"{_y(row.accuracy):.1f}", r=3.5),
        element(
            "rect",
            x=f"{left:.1f}",
            y=f"{_y(0) + 8:.1f}",
            width=f"{width:.1f}",
            height=f"{max(tall, 0.5):.1f}",
            class_="images",
        ),
    )


def _x(share: float) -> float:
    return _MARGIN + _SIZE * share


def _y(share: float) -> float:
    return _MARGIN + _SIZE * (1 - share)
