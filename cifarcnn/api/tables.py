"""Results as text and as HTML, for people."""

from collections.abc import Sequence
from html import escape

Facts = Sequence[tuple[str, str]]
"""Pairs of a label and a text."""
Rows = Sequence[Sequence[str]]


def facts_text(title: str, facts: Facts) -> str:
    """A title, and a line for each fact below it."""
    width = max(len(label) for label, _ in facts)
    return "\n".join([title, *(f"  {label:<{width}}  {text}" for label, text in facts)])


def facts_html(title: str, facts: Facts, *more: str) -> str:
    """The same as HTML, and more HTML below it."""
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(label)}</th>'
        f'<td style="text-align:left">{escape(text)}</td></tr>'
        for label, text in facts
    )
    return f"<div><strong>{escape(title)}</strong><table>{rows}</table>{''.join(more)}</div>"


def table_text(headings: Sequence[str], rows: Rows, left: int = 1) -> str:
    """A table; the first `left` columns are names, the others numbers."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        shown = (
            f"{cell:<{width}}" if place < left else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(shown).rstrip()

    return "\n".join([line(headings), *map(line, rows)])


def table_html(headings: Sequence[str], rows: Rows, left: int = 1) -> str:
    """The same as HTML."""

    def cells(texts: Sequence[str], tag: str) -> str:
        sides = ("left" if place < left else "right" for place in range(len(texts)))
        return "".join(
            f'<{tag} style="text-align:{side}">{escape(text)}</{tag}>'
            for side, text in zip(sides, texts, strict=True)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells(headings, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def interval_text(interval: tuple[float, float]) -> str:
    """A 95 % interval of an accuracy."""
    return f"95 % interval {interval[0]:.4f} to {interval[1]:.4f}"
