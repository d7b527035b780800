"""`cifarcnn check`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.options import code_option, collect_overrides, json_option, set_option
from cifarcnn.display.terminal import print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cifarcnn.language.problems import Problem
    from cifarcnn.language.reading.overrides import Override

STDIN = {"-": "<stdin>"}


@click.command("check")
@click.argument("spec_words", metavar="SPEC...", nargs=-1, required=True)
@set_option
@code_option
@json_option
@click.pass_context
def check_command(
    ctx: click.Context, spec_words: tuple[str, ...], settings: tuple[str, ...], as_json: bool
) -> None:
    """Find all mistakes in specs, without TensorFlow.

    Every problem is shown with file, line and column; warnings are about what would work, but
    hardly was meant. A SPEC of - is read from standard input. Exit codes: 0 all specs can be
    trained, 2 some cannot.
    """
    for word in STDIN:
        if spec_words.count(word) > 1:
            raise click.UsageError(f"standard input ({word}) can be read only once")
    found = check(spec_words, collect_overrides(settings))
    if as_json:
        print_json(_as_data(found))
    else:
        _show(found)
    if any(_errors(problems) for problems in found.values()):
        ctx.exit(2)


def check(words: "Sequence[str]", overrides: "Sequence[Override]") -> "dict[str, list[Problem]]":
    """The problems of each spec, in the order of its lines; none for a good one."""
    return {STDIN.get(word, word): _problems_of(word, overrides) for word in words}


def _problems_of(word: str, overrides: "Sequence[Override]") -> "list[Problem]":
    from cifarcnn.errors import UserError
    from cifarcnn.language.checking.validate import inspect
    from cifarcnn.language.load import load_document
    from cifarcnn.language.marks import Mark
    from cifarcnn.language.problems import Problem, SpecError
    from cifarcnn.language.reading.extends import with_bases
    from cifarcnn.language.reading.overrides import apply_overrides
    from cifarcnn.language.reading.yaml_reader import read_yaml_stream

    try:
        if word in STDIN and sys.stdin is None:
            raise UserError("standard input is closed")
        if word in STDIN:
            document = read_yaml_stream(sys.stdin.buffer, STDIN[word])
            document = with_bases(document, Path(STDIN[word]))
            apply_overrides(document, overrides)
        else:
            document = load_document(word, overrides)
        return inspect(document).problems
    except SpecError as error:
        return error.problems
    except UserError as error:  # it cannot be read
        source = STDIN.get(word, word) or repr(word)
        hint = f" ({error.hint})" if error.hint else ""
        return [Problem(Mark(source), "", error.message.removeprefix(f"{source}: ") + hint)]


def _errors(problems: "list[Problem]") -> int:
    return sum(problem.severity == "error" for problem in problems)


def _as_data(found: "dict[str, list[Problem]]") -> dict[str, Any]:
    return {
        "ok": not any(map(_errors, found.values())),
        "files": [{"file": word, "ok": not _errors(problems)} for word, problems in found.items()],
        "problems": [
            problem.as_data(word) for word, problems in found.items() for problem in problems
        ],
    }


def _show(found: "dict[str, list[Problem]]") -> None:
    for word, problems in found.items():
        for problem in problems:
            option = f"{word}: " if problem.mark.line is None and str(problem.mark) != word else ""
            say(f"{problem.severity}: {option}{problem}", keep="\n")
        if not _errors(problems):
            say(f"{word}: ok")
