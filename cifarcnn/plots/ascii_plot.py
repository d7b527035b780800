"""Curves drawn in characters, for a terminal of 80 columns and for logs."""

from collections.abc import Sequence

_MARGIN = 9
"""Columns of the labels on the left, with the axis."""


def text_plot(
    curves: Sequence[tuple[str, Sequence[int], Sequence[float]]],
    *,
    width: int = 80,
    height: int = 14,
) -> list[str]:
    """Draw curves, each with a mark of one character, over whole x from 1 upwards.

    Where several meet, `*` stands for all of them. Plain ASCII, at most `width` columns.

    Args:
        curves: A mark, the x and the y of each curve; at least one point in all.
        width: Columns, with the labels.
        height: Lines, without the labels below.
    """
    columns = max(width - _MARGIN, 8)
    values = [y for _, _, ys in curves for y in ys]
    low, high = min(values), max(values)
    if high == low:
        low, high = low - 0.5, high + 0.5
    first = min(xs[0] for _, xs, _ in curves if xs)
    last = max(xs[-1] for _, xs, _ in curves if xs)
    cells = [[" "] * columns for _ in range(height)]
    for mark, xs, ys in curves:
        for x, y in zip(xs, ys, strict=True):
            column = round((x - first) / max(last - first, 1) * (columns - 1))
            line = round((high - y) / (high - low) * (height - 1))
            taken = cells[line][column]
            cells[line][column] = mark if taken in (" ", mark) else "*"
    lines = []
    for number, row in enumerate(cells):
        labelled = number in (0, height - 1) or number == height // 2
        value = high - (high - low) * number / (height - 1)
        label = f"{value:>{_MARGIN - 3}.3f} |" if labelled else f"{'':{_MARGIN - 3}} |"
        lines.append(f"{label} {''.join(row)}".rstrip())
    lines.append(f"{'':{_MARGIN - 2}}+{'-' * (columns + 1)}")
    ends = f"{first}{last:>{max(columns - len(str(first)), len(str(last)) + 1)}}"
    lines.append(f"{'':{_MARGIN}}{ends}")
    return lines
