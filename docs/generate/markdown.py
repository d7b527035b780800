"""The few forms of Markdown that the pages need."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars inside of cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def first_line(docstring: str) -> str:
    """The first line of a docstring."""
    return docstring.strip().partition("\n")[0]


def with_part(page: str, name: str, text: str) -> str:
    """The page with new text between `<!-- name -->` and `<!-- end -->`, each on a line of its own.

    Raises:
        ValueError: the page has no such part, or several.
    """
    begin, end = f"<!-- {name} -->\n", "<!-- end -->\n"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended or begin in rest:
        raise ValueError(f"expected one part '{name}' in the page")
    return f"{before}{begin}{text}\n{end}{after}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
