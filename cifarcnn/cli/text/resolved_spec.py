"""The resolved spec that `cifarcnn show` prints."""

from cifarcnn.display.terminal import say
from cifarcnn.language.show import ResolvedSpec
from cifarcnn.language.writing.layout import lines_of_one_value, lines_that_fit

_WIDEST_COLUMN = 44
"""Longer lines push their origin to the right instead of all others."""


def show_spec(resolved: ResolvedSpec) -> None:
    """The spec as YAML."""
    for line in lines_that_fit(resolved.spec):
        say(line)


def show_origins(resolved: ResolvedSpec) -> None:
    """The spec as YAML, a line for each value, with what set it in a comment."""
    lines = lines_of_one_value(resolved.spec)
    column = max(len(line.text) for line in lines if len(line.text) <= _WIDEST_COLUMN)
    for line in lines:
        if line.path is None:
            say(line.text)
        else:
            say(f"{line.text:<{column}}", dim=f"  # {resolved.origin(line.path)}")
