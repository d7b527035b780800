"""Which classes are taken for which."""

import numpy as np

from cifarcnn.metrics.figures import Figures
from cifarcnn.report.html import Content, Html, element
from cifarcnn.report.parts import Section, note, scrolling, section

_MOST_NAMED = 6


def confusion_section(figures: Figures) -> Section:
    """The confusion matrix, shaded, and the most frequent confusions in words."""
    return section(
        "confusion",
        "Confusion matrix",
        note(
            "Images of each class (rows) by the class they are taken for (columns). The darker, "
            "the larger the share of the row: blue is right, orange is wrong."
        ),
        element("div", _matrix(figures), _most_frequent(figures), class_="beside"),
    )


def _matrix(figures: Figures) -> Html:
    names = figures.class_names
    heads = [element("th", element("span", name), scope="col", class_="upright") for name in names]
    corner = element("td", element("span", "true \N{RIGHTWARDS ARROW} taken for"), class_="corner")
    rows = [
        element(
            "tr",
            element("th", name, scope="row"),
            [_cell(figures, row, column) for column in range(len(names))],
        )
        for row, name in enumerate(names)
    ]
    return scrolling(
        "Confusion matrix",
        element(
            "table",
            element("caption", "Confusion matrix", class_="unseen"),
            element("thead", element("tr", corner, heads)),
            element("tbody", rows),
            class_="confusion",
        ),
    )


def _cell(figures: Figures, row: int, column: int) -> Html:
    count = int(figures.confusion[row, column])
    share = count / max(int(figures.confusion[row].sum()), 1)
    strength = share**0.5  # confusions are rare, and should be seen
    kind = "right" if row == column else "wrong" if count else "none"
    return element(
        "td",
        count,
        class_=f"{kind} strong" if strength > 0.55 else kind,
        style=f"--strength:{100 * strength:.0f}%" if count else None,
        title=f"{figures.class_names[row]} taken for {figures.class_names[column]}: {count:,} "
        f"({100 * share:.1f} %)",
    )


def _most_frequent(figures: Figures) -> Content:
    names, wrong = figures.class_names, figures.confusion.copy()
    np.fill_diagonal(wrong, 0)
    places = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_NAMED]
    items = []
    for place in places.tolist():
        row, column = divmod(place, len(names))
        count, images = int(wrong[row, column]), int(figures.confusion[row].sum())
        if count:
            pair = element("b", f"{names[row]} taken for {names[column]}")
            items.append(element("li", pair, f" {count:,} of {images:,}"))
    if not items:
        return element("p", "There is no mistake at all.")
    heading = element("h3", "Most frequent confusions")
    return element("div", heading, element("ol", items, class_="ranking"))
