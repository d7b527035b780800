"""Where a value came from: a place in a file, an option or an environment variable."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]
"""The way to a value inside a document, such as `("model", "layers", 3, "conv2d", "filters")`."""


@dataclass(frozen=True)
class Mark:
    """A place in a source.

    `line` and `column` count from 1; they are None for an option or an environment variable.
    """

    source: str
    line: int | None = None
    column: int | None = None
    text: str | None = None
    """The source line, for showing it above a caret."""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass
class Document:
    """Plain data read from YAML, and the mark of every key and value in it."""

    data: Any
    source: str
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """The mark of a key or value, or of the nearest enclosing one that the source holds."""
        if key and path in self.keys:
            return self.keys[path]
        for length in range(len(path), -1, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return Mark(self.source)

    def origin(self, path: Path) -> Mark | None:
        """The mark of what set the value at a path of the resolved spec; None for a default."""
        if path in self.keys:
            return self.keys[path]
        value = self.data
        for part in path:
            if isinstance(value, str):
                value = {value: None}  # a bare name is an item without arguments
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return self.mark(path)

    def option_within(self, path: Path) -> Mark | None:
        """The option that set something at or below a path, if one did."""
        for place, mark in self.values.items():
            if mark.line is None and place[: len(path)] == path:
                return mark
        return None


def dotted(path: Iterable[str | int]) -> str:
    """Write a path as the command line and the error messages do: `model.layers[3].conv2d`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
