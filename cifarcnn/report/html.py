"""HTML that is escaped by construction: whatever is not made here is text."""

import html
from collections.abc import Iterable
from typing import TypeAlias

_EMPTY = frozenset({"meta", "link", "img", "br"})


class Html(str):
    """Text that is HTML already, and is not escaped again."""

    __slots__ = ()


Content: TypeAlias = "str | Html | int | Iterable[Content] | None"
"""What an element may hold: text, HTML, a number, nothing, or several of them."""


def element(tag: str, /, *content: Content, **attributes: str | float | bool | None) -> Html:
    """An element with its content and attributes, all of which are escaped unless they are `Html`.

    An attribute is written with `-` for `_`, and without a trailing one (`class_`); False and None
    leave it out, True gives it no value.
    """
    parts = [tag]
    for key, value in attributes.items():
        shown = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(shown)
        elif value is not None and value is not False:
            parts.append(f'{shown}="{_escaped(str(value))}"')
    opening = f"<{' '.join(parts)}>"
    if tag in _EMPTY:
        return Html(opening)
    return Html(f"{opening}{joined(*content)}</{tag}>")


def joined(*content: Content) -> Html:
    """Several contents one after the other."""
    return Html("".join(map(_text, content)))


def _text(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Html):
        return content
    if isinstance(content, str | int):
        return _escaped(str(content))
    return joined(*content)


def _escaped(text: str) -> str:
    """With a mark for what cannot be shown: control characters, turns of direction, surrogates."""
    shown = "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return html.escape(shown)
