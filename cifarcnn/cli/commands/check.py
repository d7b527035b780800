"""`cifarcnn check`."""

import sys

import click

from cifarcnn.cli.options import code_option, collect_overrides, json_option, set_option
from cifarcnn.display.terminal import print_json

_STDIN = "-"


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
    from cifarcnn.cli.text.check import show_checks
    from cifarcnn.language.check import check, check_stream, checks_as_data

    if spec_words.count(_STDIN) > 1:
        raise click.UsageError(f"standard input ({_STDIN}) can be read only once")
    overrides = collect_overrides(settings)
    stdin = sys.stdin.buffer if sys.stdin else None
    found = [
        check_stream(stdin, "<stdin>", overrides) if word == _STDIN else check(word, overrides)
        for word in dict.fromkeys(spec_words)
    ]
    if as_json:
        print_json(checks_as_data(found))
    else:
        show_checks(found)
    if not all(one.ok for one in found):
        ctx.exit(2)
