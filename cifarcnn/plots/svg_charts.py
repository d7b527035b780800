"""Line charts as SVG, drawn here so that they follow the page's colors and tell their values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

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


@dataclass(frozen=True)
class Chart:
    """A drawing with its title and legend, which the page shows as text."""

    title: str
    svg: Markup
    legend: list[tuple[str, str]]
    """Kinds of lines, and what each is called."""
    logarithmic: bool


def line_chart(
    title: str, lines: Sequence[Line], *, marks: Sequence[tuple[int, str]] = (), digits: int = 4
) -> Chart:
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
    with_dots = len(epochs) <= _MOST_DOTS
    parts = [
        _axes(across, up, "epoch"),
        *(_mark(across, epoch, text) for epoch, text in marks),
        # The first lies above all others.
        *(_line(across, up, line, shown, with_dots=with_dots) for line in reversed(lines)),
        _notes(across, up, lines, sorted(shown & set(epochs)), digits),
    ]
    svg = Markup(
        '<svg viewBox="0 0 {width} {height}" role="img" aria-label="{words}">\n{parts}\n</svg>'
    ).format(
        width=WIDTH, height=HEIGHT, words=_in_words(title, lines, digits), parts=_joined(parts)
    )
    return Chart(title, svg, _legend(lines), up.logarithmic)


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


def _axes(across: Scale, up: Scale, label: str) -> Markup:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    lines = [
        Markup(
            '<line x1="{x1}" x2="{x2}" y1="{y:.1f}" y2="{y:.1f}"/>'
            '<text x="{x}" y="{text_y:.1f}" text-anchor="end">{value:g}</text>'
        ).format(x1=LEFT, x2=right, y=y(up, v), x=LEFT - 8, text_y=y(up, v) + 4, value=v)
        for v in up.ticks
    ]
    numbers = [
        Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{:g}</text>').format(
            x(across, v), bottom + 18, v
        )
        for v in across.ticks
    ]
    name = Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
        (LEFT + right) / 2, HEIGHT - 6, label
    )
    return Markup('<g class="axes">\n{}\n</g>').format(_joined([*lines, *numbers, name]))


def _mark(across: Scale, epoch: int, text: str) -> Markup:
    return Markup(
        '<g class="mark"><title>{}</title><line x1="{x:.1f}" x2="{x:.1f}" y1="{}" y2="{}"/></g>'
    ).format(text, TOP, HEIGHT - BOTTOM, x=x(across, epoch))


def _line(across: Scale, up: Scale, line: Line, shown: set[int], *, with_dots: bool) -> Markup:
    points = [
        (x(across, epoch), y(up, value))
        for epoch, value in zip(line.epochs, line.values, strict=True)
        if epoch in shown
    ]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    dots = [
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3"/>').format(a, b)
        for a, b in points
        if with_dots or len(points) == 1
    ]
    return Markup('<g class="line {}"><polyline points="{}"/>{}</g>').format(
        line.kind, path, _joined(dots)
    )


def _notes(
    across: Scale, up: Scale, lines: Sequence[Line], epochs: Sequence[int], digits: int
) -> Markup:
    """A strip for each epoch that shows its values while the pointer is over it."""
    tables = [(line, dict(zip(line.epochs, line.values, strict=True))) for line in lines]
    places = [x(across, epoch) for epoch in epochs]
    borders = [LEFT, *((a + b) / 2 for a, b in pairwise(places)), WIDTH - RIGHT]
    strips = []
    for epoch, place, (left, right) in zip(epochs, places, pairwise(borders), strict=True):
        found = [(line, values[epoch]) for line, values in tables if epoch in values]
        text = ", ".join(f"{line.label} {value:.{digits}g}" for line, value in found)
        label = f"epoch {epoch}: {text}"
        strips.append(
            Markup(
                "<g><title>{label}</title>"
                '<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{height}"/>'
                '<line x1="{place:.1f}" x2="{place:.1f}" y1="{top}" y2="{bottom}"/>'
                '<text x="{middle}" y="18" text-anchor="middle">{few}</text></g>'
            ).format(
                label=label,
                few=f"epoch {epoch}" if len(found) > 2 else label,
                left=left,
                width=max(right - left, 0.1),
                place=place,
                middle=(LEFT + WIDTH - RIGHT) / 2,
                top=TOP,
                bottom=HEIGHT - BOTTOM,
                height=HEIGHT - TOP - BOTTOM,
            )
        )
    return Markup('<g class="notes">\n{}\n</g>').format(_joined(strips))


def _joined(parts: Sequence[Markup]) -> Markup:
    return Markup("\n").join(parts)


def _legend(lines: Sequence[Line]) -> list[tuple[str, str]]:
    kinds = {line.kind: line.legend or line.label for line in reversed(lines)}
    return list(reversed(kinds.items()))


def _in_words(title: str, lines: Sequence[Line], digits: int) -> str:
    parts = [
        f"{line.label} from {line.values[0]:.{digits}g} at epoch {line.epochs[0]} "
        f"to {line.values[-1]:.{digits}g} at epoch {line.epochs[-1]}"
        for line in lines[:4]
    ]
    return f"{title}: {'; '.join(parts)}"
