"""Axes that hold whatever a history may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifarcnn.plots.svg_charts import BOTTOM, HEIGHT, TOP, Line, line_chart, value_scale
from tests.support.parsed_page import parsed

NUMBERS = st.floats(-1e100, 1e100)


@given(NUMBERS, NUMBERS)
def test_an_axis_holds_the_values_between_its_ticks(one: float, two: float) -> None:
    low, high = sorted((one, two))
    scale = value_scale(low, high)
    assert 2 <= len(scale.ticks) <= 12
    assert scale.ticks == sorted(set(scale.ticks))
    assert 0 <= scale.share(low) <= scale.share(high) <= 1
    if high - low > 1e-6 * max(abs(low), abs(high)) and high - low > 1e-20:
        assert scale.share(high) - scale.share(low) > 0.3
        assert scale.ticks[0] <= low + 1e-8 * (high - low) or scale.logarithmic


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.31, 0.74, [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]),
        (0.9, 2.1, [0.5, 1, 1.5, 2, 2.5]),
        (0.001, 0.1, [0.001, 0.01, 0.1]),
        (0, 0, [-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6]),
        (5e-324, 1e-321, [-0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6]),  # no power of ten is so small
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    assert value_scale(low, high).ticks == pytest.approx(ticks)


@given(st.lists(st.tuples(st.integers(1, 10**6), NUMBERS), min_size=1, unique_by=lambda p: p[0]))
def test_any_history_is_drawn_inside_of_the_picture(points: list[tuple[int, float]]) -> None:
    epochs, values = zip(*sorted(points), strict=True)
    page = parsed(line_chart("Loss", [Line("training", "training", epochs, values)]).svg)
    (svg,) = page.all("svg")
    _, _, width, height = map(float, svg.attributes["viewbox"].split())
    for point in page.all("polyline")[0].attributes["points"].split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= width and 0 <= y <= height
    assert len(svg.all("rect")) == len(epochs)


@pytest.mark.parametrize(("smallest", "largest"), [(5e-324, 1e-321), (5e-324, 1e-29), (0, 5e-324)])
def test_the_smallest_numbers_are_drawn(smallest: float, largest: float) -> None:
    page = parsed(
        line_chart("Loss", [Line("training", "training", [1, 2], [largest, smallest])]).svg
    )
    (line,) = page.all("polyline")
    first, last = (float(point.split(",")[1]) for point in line.attributes["points"].split())
    assert TOP <= first <= last <= HEIGHT - BOTTOM


def test_labels_are_escaped() -> None:
    evil = "<b>&'\"><x"
    drawn = line_chart(evil, [Line(evil, evil, [1, 2], [1, 2])], marks=[(1, evil)]).svg
    page = parsed(drawn)
    tags = {node.tag for node in page.walk()}
    assert tags == {"svg", "g", "title", "text", "line", "polyline", "circle", "rect"}
    assert page.all("svg")[0].attributes["aria-label"].startswith(f"{evil}: {evil} from 1 at")
    assert page.all("title")[0].text == evil and page.all("g", class_=f"line {evil}")
