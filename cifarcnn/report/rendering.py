"""Templates of a report and what they are given, all of which is text and escaped."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cifarcnn.metrics.intervals import interval_text


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading, to which the page's contents lead."""

    place: str
    """Its name in addresses."""
    title: str
    content: Markup


def section(place: str, title: str, template: str | None = None, /, **data: Any) -> Section:
    """Fill the template of a section; it is called like its place unless another is named."""
    return Section(place, title, Markup(render(template or place, **data)))  # noqa: S704


def render(template: str, /, **data: Any) -> str:
    """Fill `templates/TEMPLATE.html.jinja`: data are escaped, except SVG of `cifarcnn.plots`."""
    return _environment().get_template(f"{template}.html.jinja").render(data)


def with_marks(text: str) -> str:
    """With a mark for what cannot be shown: control characters, turns of direction, surrogates."""
    return "\n".join(map(_with_marks, text.split("\n")))


def rounded(value: float, digits: int = 4) -> str:
    """Such as `0.7812`."""
    return f"{value:.{digits}f}"


def counted(value: float, digits: int | None = None) -> str:
    """Such as `12,345`, or with digits after the point."""
    return f"{value:,}" if digits is None else f"{value:,.{digits}f}"


def short(value: float) -> str:
    """At most four digits, such as `0.001`."""
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """A time for people, such as `1 min 05 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cifarcnn.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: "" if value is None else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "rounded": rounded,
        "counted": counted,
        "short": short,
        "interval": interval_text,
        "duration": duration,
    }
    return environment


def _with_marks(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
