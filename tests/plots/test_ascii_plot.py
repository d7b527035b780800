"""Curves in characters."""

from cifarcnn.plots.ascii_plot import text_plot


def test_points_stand_where_they_belong() -> None:
    lines = text_plot([("1", [1, 2, 3], [0.0, 0.5, 1.0])], width=20, height=5)
    assert lines == [
        " 1.000 |           1",
        "       |",
        " 0.500 |      1",
        "       |",
        " 0.000 | 1",
        "       +------------",
        "         1         3",
    ]


def test_where_curves_meet_there_is_a_star() -> None:
    lines = text_plot([("1", [1, 2], [0, 1]), ("2", [1, 2], [0, 0.5])], width=40, height=3)
    assert lines[2].endswith("| *") and lines[0].endswith("1") and lines[1].endswith("2")


def test_odd_curves_fit_too() -> None:
    for xs, ys in [([1], [0.3]), ([1, 2], [0.5, 0.5]), (list(range(1, 1001)), [0.1] * 1000)]:
        lines = text_plot([("r", xs, ys), ("1", [], [])])
        assert all(line.isascii() and len(line) <= 80 for line in lines)
        assert any("r" in line for line in lines)
