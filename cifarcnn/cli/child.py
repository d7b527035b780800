"""A command in a process that `cifarcnn repeat` started: what went wrong is its standard output.

Its own result is not printed, since it lies in the run directory; progress goes to standard error.
"""

import contextlib
import os
import sys
from pathlib import Path

import click

from cifarcnn.cli import command_line


def main() -> None:
    """Run the command of the command line; ends with its exit code."""
    try:
        with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
            code = command_line(prog_name="cifarcnn", standalone_mode=False)
    except click.ClickException as error:
        click.echo(error.message)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
