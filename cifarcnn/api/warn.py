"""Warnings of the Python API: of Python's own kind, at the line that called it."""

import inspect
import warnings
from pathlib import Path

from cifarcnn.errors import CifarcnnWarning
from cifarcnn.language.problems import Problem

_PACKAGE = str(Path(__file__).parents[1])


def warn_user(text: str) -> None:
    """Warn at the innermost line that is not of this package."""
    level, frame = 1, inspect.currentframe()
    while frame and frame.f_back and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, CifarcnnWarning, stacklevel=level)


def warn_of(problem: Problem) -> None:
    """Warn of what is valid in a spec, but probably a mistake."""
    warn_user(problem_line(problem))


def problem_line(problem: Problem) -> str:
    """A problem with its place, in one line."""
    return f"{problem.mark}: {problem.in_one_line()}"
