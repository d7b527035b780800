"""What `cifarcnn check` found."""

from collections.abc import Iterable

from cifarcnn.display.terminal import say
from cifarcnn.language.check import Check


def show_checks(checks: Iterable[Check]) -> None:
    """Each problem with its place and its line of the file; a good spec is named."""
    for found in checks:
        for problem in found.problems:
            elsewhere = problem.mark.line is None and str(problem.mark) != found.name
            option = f"{found.name}: " if elsewhere else ""
            say(f"{problem.severity}: {option}{problem.mark}: {problem.in_one_line()}")
            for line in problem.excerpt().split("\n")[1:]:
                say(line)
        if found.ok:
            say(f"{found.name}: ok")
