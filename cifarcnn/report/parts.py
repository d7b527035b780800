"""The pieces that several sections of a report are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cifarcnn.report.html import Content, Html, element


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading, to which the page's contents lead."""

    place: str
    """Its name in addresses."""
    title: str
    content: tuple[Content, ...]

    @property
    def html(self) -> Html:
        """The section with its heading."""
        name = f"{self.place}-title"
        heading = element("h2", self.title, id=name)
        return element("section", heading, *self.content, id=self.place, aria_labelledby=name)


def section(place: str, title: str, *content: Content) -> Section:
    """A part of the page."""
    return Section(place, title, content)


def paragraph(*content: Content) -> Html:
    """A paragraph."""
    return element("p", *content)


def note(*content: Content) -> Html:
    """What explains a figure, in small print."""
    return element("p", *content, class_="note")


def warning(*content: Content) -> Html:
    """What the reader must not miss."""
    return element("p", element("strong", "Note: "), *content, class_="warning", role="note")


def facts(rows: Iterable[tuple[str, Content]]) -> Html:
    """Pairs of a label and what it says."""
    pairs = (element("div", element("dt", label), element("dd", text)) for label, text in rows)
    return element("dl", *pairs, class_="facts")


def table(
    caption: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Content]],
    *,
    text_columns: int = 1,
    numbers: bool = True,
) -> Html:
    """A table with one heading per column; the first cell of a row is its heading.

    The first `text_columns` columns are text; the others are numbers, unless `numbers` is False.
    A cell may be a whole `<td>` of its own.
    """

    def kind(column: int) -> str | None:
        return "number" if numbers and column >= text_columns else None

    def cell(column: int, content: Content) -> Html:
        if isinstance(content, Html) and content.startswith("<td"):
            return content
        if column == 0:
            return element("th", content, scope="row")
        return element("td", content, class_=kind(column))

    head = element(
        "tr",
        (element("th", text, scope="col", class_=kind(i)) for i, text in enumerate(headings)),
    )
    body = (element("tr", (cell(i, x) for i, x in enumerate(row))) for row in rows)
    return scrolling(
        caption,
        element(
            "table",
            element("caption", caption, class_="unseen"),
            element("thead", head),
            element("tbody", *body),
        ),
    )


def scrolling(label: str, *content: Content) -> Html:
    """What may be wider than a phone, and then moves inside its own frame."""
    return element("div", *content, class_="scrolling", role="region", aria_label=label, tabindex=0)


def folded(label: str, *content: Content) -> Html:
    """What opens when its label is chosen."""
    return element("details", element("summary", label), *content)


def code(text: str, *, wrapped: bool = False) -> Html:
    """Lines as they are, or broken where they are long."""
    return element("pre", element("code", text), class_="wrapped" if wrapped else None, tabindex=0)
