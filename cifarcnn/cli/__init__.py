"""The command line: one file per command, each a thin layer over a plain function.

Commands are imported when they are used, and import what is heavy when they run.
"""

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from cifarcnn.display.printable import printable
from cifarcnn.display.terminal import say
from cifarcnn.errors import CifarcnnError
from cifarcnn.runtime.failures import foreseen
from cifarcnn.version import __version__

COMMANDS = {
    "train": "cifarcnn.cli.commands.train:train_command",
    "resume": "cifarcnn.cli.commands.resume:resume_command",
    "repeat": "cifarcnn.cli.commands.repeat:repeat_command",
    "evaluate": "cifarcnn.cli.commands.evaluate:evaluate_command",
    "predict": "cifarcnn.cli.commands.predict:predict_command",
    "export": "cifarcnn.cli.commands.export:export_command",
    "compare": "cifarcnn.cli.commands.compare:compare_command",
    "benchmark": "cifarcnn.cli.commands.benchmark:benchmark_command",
    "report": "cifarcnn.cli.commands.report:report_command",
    "describe": "cifarcnn.cli.commands.describe:describe_command",
    "check": "cifarcnn.cli.commands.check:check_command",
    "schema": "cifarcnn.cli.commands.schema:schema_command",
    "show": "cifarcnn.cli.commands.show:show_command",
    "init": "cifarcnn.cli.commands.init:init_command",
    "list-configs": "cifarcnn.cli.commands.list_configs:list_configs_command",
}


_WRONG_INPUT = 2


class ShownError(click.ClickException):
    """A foreseen error, shown as one or two lines on stderr with its exit code."""

    def __init__(self, error: CifarcnnError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]

    def show(self, file: Any = None) -> None:  # as click declares it
        """Write the error as it is; its first line says where it is when it has a place."""
        prefix = "" if self.exit_code > _WRONG_INPUT else "error: "  # Ctrl-C is no error
        say(f"{prefix}{self.message}", err=True, keep="\n")


class LazyCommands(Mapping[str, click.Command]):
    """The commands by name; each is imported when it is asked for."""

    def __getitem__(self, name: str) -> click.Command:
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class CommandLine(click.Group):
    """Turns errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of use."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:  # as click declares it
        """Run a command; its foreseen errors become messages."""
        try:
            return super().invoke(ctx)
        except CifarcnnError as error:
            raise ShownError(error) from error
        except click.ClickException as error:  # it may repeat words of the command line
            error.message = printable(error.message, keep="\n")  # type: ignore[misc]
            raise
        except BrokenPipeError:
            raise  # click ends quietly when nobody reads on
        except KeyboardInterrupt:
            say("interrupted", err=True)
            ctx.exit(130)
        except Exception as error:
            if known := foreseen(error):
                raise ShownError(known) from error
            raise


@click.group(
    cls=CommandLine,
    commands=LazyCommands(),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", prog_name="cifarcnn")
def command_line() -> None:
    """Train and evaluate convolutional networks on CIFAR-10, described in YAML.

    A SPEC is a YAML file or the name of a shipped config (see list-configs).

    \b
    cifarcnn train quickstart                  a minute or two, no download
    cifarcnn train configs/deeper_3x3.yaml
    cifarcnn evaluate RUN/checkpoint.h5
    """  # noqa: D301 - click takes \b for "keep these lines"
    # Looking for plug-ins of pydantic would cost more time than all of its work here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="replace"
            )  # a terminal that lacks a character is no reason to fail
    command_line()
