"""`cifarcnn init`."""

from pathlib import Path

import click

from cifarcnn.cli.options import code_option
from cifarcnn.display.terminal import say


@click.command("init")
@click.argument("name", metavar="NAME")
@click.option(
    "--from", "source", metavar="SPEC", help="Begin with this spec, a file or a shipped config."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write; must be new.  [default: NAME.yaml]",
)
@code_option
def init_command(name: str, source: str | None, output: Path | None) -> None:
    """Write a spec to start from: a file with every key, its meaning and its default."""
    from cifarcnn.language.writing.starter import init
    from cifarcnn.runs.next_command import next_command

    file = init(name, source, output)
    say(f"{'spec':<10}{file}")
    for verb in ("describe", "train"):
        say(f"{verb:<10}{next_command(verb, file)}")
