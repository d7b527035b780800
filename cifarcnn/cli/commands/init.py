"""`cifarcnn init`."""

from pathlib import Path

import click

from cifarcnn.cli.options import code_option


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
    from cifarcnn.runs.next_command import next_command

    file = init(name, source, output)
    click.echo(f"{'spec':<10}{file}")
    for verb in ("describe", "train"):
        click.echo(f"{verb:<10}{next_command(verb, file)}")


def init(name: str, source: str | None = None, output: Path | None = None) -> Path:
    """Write the new spec and return its file, which must not exist yet.

    Raises:
        UserError: the name is none for a spec, `source` is no spec, or the file cannot be made.
    """
    from cifarcnn.errors import UserError, os_reason
    from cifarcnn.language.writing.starter import renamed_text, starter_text

    name = name.removesuffix(".yaml")
    file = output or Path(f"{name}.yaml")
    text = renamed_text(source, name, file) if source else starter_text(name)
    try:
        with file.open("x", encoding="utf-8", newline="") as opened:
            opened.write(text)
    except FileExistsError:
        raise UserError(
            f"{file} exists and is not overwritten", hint="choose another NAME, or --output FILE"
        ) from None
    except OSError as error:
        raise UserError(f"cannot write {file}: {os_reason(error)}") from error
    return file
