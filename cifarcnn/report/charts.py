"""Line charts as SVG, drawn here so that they follow the page's colours and tell their values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cifarcnn.report.html import Html, element, joined

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 30, 42
"""Margins of the plot, in the units of the drawing."""

_MOST_POINTS = 250
"""Of a line; more would not be seen."""
_MOST_DOTS = 40
"""More of them hide the line."""
_LOG_FROM = 50
"""How many times the smallest the largest value must be for a logarithmic axis."""


_SMALLEST_SHARE = 1e-12
"""Of the largest value; what is smaller stands at the end of a logarithmic axis."""
_ALMOST_ZERO = 1e-30
"""What differs by no more is drawn as one value; powers of ten far below are no floats."""


@dataclass(frozen=True)
class Scale:
    """An axis: from values to shares of its length, 0 at its beginning."""

    low: float
    high: float
    ticks: list[float]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Where a value lies, from 0 to 1 inside of the axis."""
        if self.logarithmic:
            found = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            found = (value - self.low) / (self.high - self.low)
        return min(max(found, 0.0), 1.0)


@dataclass(frozen=True)
class Line:
    """Values over epochs; `kind` is its class in the style sheet."""

    label: str
    kind: str
    epochs: Sequence[int]
    values: Sequence[float]
    legend: str | None = None
    """What lines of this kind are called together, if there are several."""


def line_chart(
    title: str, lines: Sequence[Line], *, marks: Sequence[tuple[int, str]] = (), digits: int = 4
) -> Html:
    """Lines over epochs, with a note at each epoch that shows itself under the pointer.

    Args:
        title: What the values are.
        lines: At least one, with at least one epoch.
        marks: Epochs that are marked by a dashed line, with what they are.
        digits: Of the values in notes, after the point.
    """
    values = [value for line in lines for value in line.values]
    epochs = sorted({epoch for line in lines for epoch in line.epochs})
    across, up = _epoch_scale(epochs[0], epochs[-1]), value_scale(min(values), max(values))
    shown = set(thinned(epochs)) | {epoch for epoch, _ in marks}
    dots = len(epochs) <= _MOST_DOTS

    def drawn(line: Line) -> Html:
        points = [
            (x(across, epoch), y(up, value))
            for epoch, value in zip(line.epochs, line.values, strict=True)
            if epoch in shown
        ]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        circles = [element("circle", cx=f"{a:.1f}", cy=f"{b:.1f}", r=3) for a, b in points]
        visible = dots or len(points) == 1
        return element(
            "g",
            element("polyline", points=path),
            circles if visible else None,
            class_=f"line {line.kind}",
        )

    return element(
        "figure",
        element("figcaption", element("b", title), _legend(lines, up)),
        element(
            "svg",
            _axes(across, up, "epoch"),
            [_mark(across, epoch, text) for epoch, text in marks],
            [drawn(line) for line in reversed(lines)],  # the first above all others
            _notes(across, up, lines, sorted(shown & set(epochs)), digits),
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_label=_in_words(title, lines, digits),
        ),
        class_="chart",
    )


def value_scale(low: float, high: float) -> Scale:
    """An axis that holds the values, ends at ticks, and is logarithmic if they differ by far."""
    if low > 0 and high > _ALMOST_ZERO and high / low >= _LOG_FROM:
        return _logarithmic_scale(max(low, high * _SMALLEST_SHARE), high)
    if high - low <= max(1e-9 * max(abs(low), abs(high)), _ALMOST_ZERO):
        around = abs(low) / 2 if abs(low) > _ALMOST_ZERO else 0.5
        low, high = low - around, high + around
    step = nice_step((high - low) / 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [float(f"{n * step:.12g}") for n in range(first, last + 1)]
    return Scale(ticks[0], ticks[-1], ticks)


def _logarithmic_scale(low: float, high: float) -> Scale:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = -(-(last - first) // 8)
    ticks = [float(f"1e{power}") for power in range(first, last + 1, step)]
    return Scale(ticks[0], max(ticks[-1], high), ticks, logarithmic=True)


def nice_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least so large."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def thinned(epochs: Sequence[int]) -> list[int]:
    """At most some hundreds of epochs, evenly, with the first and the last."""
    step = -(-len(epochs) // _MOST_POINTS)
    return [*epochs[:-1:step], epochs[-1]]


def x(scale: Scale, value: float) -> float:
    """From a value to its place across the drawing."""
    return LEFT + scale.share(value) * (WIDTH - LEFT - RIGHT)


def y(scale: Scale, value: float) -> float:
    """From a value to its place down the drawing."""
    return HEIGHT - BOTTOM - scale.share(value) * (HEIGHT - TOP - BOTTOM)


def _epoch_scale(first: int, last: int) -> Scale:
    if first == last:
        return Scale(first - 1, last + 1, [float(first)])
    step = max(round(nice_step((last - first) / 7)), 1)
    ticks = range(first + -first % step, last + 1, step)
    beginning = [first] if ticks[0] - first > step / 2 else []
    return Scale(first, last, [*beginning, *ticks])


def _axes(across: Scale, up: Scale, label: str) -> Html:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    lines = [
        joined(
            element("line", x1=LEFT, x2=right, y1=f"{y(up, v):.1f}", y2=f"{y(up, v):.1f}"),
            element("text", f"{v:g}", x=LEFT - 8, y=f"{y(up, v) + 4:.1f}", text_anchor="end"),
        )
        for v in up.ticks
    ]
    numbers = [
        element("text", f"{v:g}", x=f"{x(across, v):.1f}", y=bottom + 18, text_anchor="middle")
        for v in across.ticks
    ]
    middle = (LEFT + right) / 2
    name = element("text", label, x=middle, y=HEIGHT - 6, text_anchor="middle")
    return element("g", lines, numbers, name, class_="axes")


def _mark(across: Scale, epoch: int, text: str) -> Html:
    place = f"{x(across, epoch):.1f}"
    line = element("line", x1=place, x2=place, y1=TOP, y2=HEIGHT - BOTTOM)
    return element("g", element("title", text), line, class_="mark")


def _notes(
    across: Scale, up: Scale, lines: Sequence[Line], epochs: Sequence[int], digits: int
) -> Html:
    """A strip for each epoch that shows its values while the pointer is over it."""
    tables = [(line, dict(zip(line.epochs, line.values, strict=True))) for line in lines]
    places = [x(across, epoch) for epoch in epochs]
    borders = [LEFT, *((a + b) / 2 for a, b in pairwise(places)), WIDTH - RIGHT]
    strips = []
    for epoch, place, (left, right) in zip(epochs, places, pairwise(borders), strict=True):
        found = [(line, values[epoch]) for line, values in tables if epoch in values]
        text = ", ".join(f"{line.label} {value:.{digits}g}" for line, value in found)
        label = f"epoch {epoch}: {text}"
        few = f"epoch {epoch}" if len(found) > 2 else label
        strips.append(
            element(
                "g",
                element("title", label),
                element(
                    "rect",
                    x=f"{left:.1f}",
                    y=TOP,
                    width=f"{max(right - left, 0.1):.1f}",
                    height=HEIGHT - TOP - BOTTOM,
                ),
                element("line", x1=f"{place:.1f}", x2=f"{place:.1f}", y1=TOP, y2=HEIGHT - BOTTOM),
                element("text", few, x=(LEFT + WIDTH - RIGHT) / 2, y=18, text_anchor="middle"),
            )
        )
    return element("g", strips, class_="notes")


def _legend(lines: Sequence[Line], up: Scale) -> Html:
    kinds = {line.kind: line.legend or line.label for line in reversed(lines)}
    keys = [
        element("span", element("i", class_=f"key {kind}"), text)
        for kind, text in reversed(kinds.items())
    ]
    scale = element("span", "logarithmic scale") if up.logarithmic else None
    return element("span", keys, scale, class_="legend")


def _in_words(title: str, lines: Sequence[Line], digits: int) -> str:
    parts = [
        f"{line.label} from {line.values[0]:.{digits}g} at epoch {line.epochs[0]} "
        f"to {line.values[-1]:.{digits}g} at epoch {line.epochs[-1]}"
        for line in lines[:4]
    ]
    return f"{title}: {'; '.join(parts)}"
