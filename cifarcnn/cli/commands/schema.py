"""`cifarcnn schema`."""

from pathlib import Path

import click

from cifarcnn.cli.options import code_option


@click.command("schema")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it into a file instead.",
)
@code_option
def schema_command(output: Path | None) -> None:
    """Print the spec language as a JSON schema, for editors.

    An editor with a YAML language server completes and checks a spec that begins with
    "# yaml-language-server: $schema=FILE"; the shipped configs do.
    """
    from cifarcnn.cli.text.output import print_json
    from cifarcnn.errors import UserError, os_reason
    from cifarcnn.files.atomic import write_json
    from cifarcnn.language.writing.json_schema import language_schema

    if output:
        try:
            write_json(output, language_schema())
        except OSError as error:
            raise UserError(f"cannot write {output}: {os_reason(error)}") from error
    else:
        print_json(language_schema())
