"""Running a command in this process."""

from collections.abc import Iterable
from typing import Any

from click.testing import CliRunner, Result

from cifarcnn.cli import command_line


def invoke(words: Iterable[object], **more: Any) -> Result:
    """Run `cifarcnn` with these words; `more` is what click's runner takes, such as `env`."""
    return CliRunner().invoke(command_line, [str(w) for w in words], prog_name="cifarcnn", **more)
