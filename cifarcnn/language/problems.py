"""What is wrong with a spec: every problem with its place, what was expected and what came."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cifarcnn.errors import UserError
from cifarcnn.language.marks import Mark

_LONGEST_SHOWN = 60
_LONGEST_LINE = 96


@dataclass(frozen=True)
class Problem:
    """One mistake in a spec. `path` is the dotted way to it, empty for the file as a whole.

    A warning is of a spec that can run, but that its author hardly meant.
    """

    mark: Mark
    path: str
    message: str
    near: str | None = None
    severity: Literal["error", "warning"] = "error"
    unknown: str | None = None
    """What no entry is called, such as `layer 'conv3d'`."""

    def __str__(self) -> str:
        return f"{self.mark}: {self.in_one_line()}{self.excerpt()}"

    def in_one_line(self) -> str:
        """Path and message, without the place in the file."""
        near = f"; did you mean {self.near}?" if self.near else ""
        return f"{self.path}: {self.message}{near}" if self.path else f"{self.message}{near}"

    def as_data(self, spec: str) -> dict[str, Any]:
        """The problem of a spec as plain data; line and column count from 1.

        Of a value that an option has set they are None, and `option` names it.
        """
        elsewhere = self.mark.line is None and self.mark.source != spec
        return {
            "file": spec if elsewhere else self.mark.source,
            "line": self.mark.line,
            "column": self.mark.column,
            "option": self.mark.source if elsewhere else None,
            "path": self.path,
            "message": self.message,
            "near": self.near.strip("'") if self.near else None,
            "severity": self.severity,
        }

    def excerpt(self) -> str:
        """The source line with a caret below it, each after a line break; empty if unknown."""
        if self.mark.text is None or self.mark.line is None or self.mark.column is None:
            return ""
        start = max(0, self.mark.column - _LONGEST_LINE + 16)
        shown = self.mark.text[start : start + _LONGEST_LINE].replace("\t", " ").rstrip()
        number = str(self.mark.line)
        caret = " " * (self.mark.column - 1 - start) + "^"
        return f"\n  {number} | {shown}\n  {' ' * len(number)} | {caret}"


class SpecError(UserError):
    """A spec that cannot be used, with all problems: of options, then in the order of each file."""

    def __init__(self, problems: Iterable[Problem], hint: str | None = None) -> None:
        self.problems = in_order_of_the_file(problems)
        count = [f"{len(self.problems)} problems"] if len(self.problems) > 1 else []
        super().__init__("\n".join([*count, *map(str, self.problems)]), hint)


def in_order_of_the_file(problems: Iterable[Problem]) -> list[Problem]:
    """Those of options first, then by file, line and column."""
    return sorted(problems, key=_place)


def _place(problem: Problem) -> tuple[str, int, int]:
    mark = problem.mark
    return (mark.source, mark.line, mark.column or 0) if mark.line else ("", 0, 0)


def near_name(word: object, known: Sequence[str], likeness: float = 0.6) -> str | None:
    """The known name that looks most like `word`, quoted, or None; 1 asks for the same letters."""
    matches = difflib.get_close_matches(str(word).lower(), known, n=1, cutoff=likeness)
    return repr(matches[0]) if matches else None


def received(value: object) -> str:
    """Name a value and its type as YAML sees them: `'3' (a string)`."""
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a mapping",
        type(None): "nothing",
    }
    kind = names.get(type(value), type(value).__name__)
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"{str(value).lower()} ({kind})"
    try:
        shown = repr(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        return f"an enormous value ({kind})"
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[: _LONGEST_SHOWN - 3] + "..."
    return f"{shown} ({kind})"


def listed(names: Iterable[str], last: str = "or") -> str:
    """Join names as prose does: `a, b or c`."""
    *head, tail = names
    return f"{', '.join(head)} {last} {tail}" if head else tail


def with_article(noun: str) -> str:
    """`a layer`, `an optimizer`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
