"""The page of the commands: each one's help, as a terminal of 80 columns shows it."""

import click

from cifarcnn.cli import command_line

_WIDTH = 78
"""Click leaves two of 80 columns free."""


def commands_page() -> str:
    """The help of the program and of every command, at any depth."""
    root = click.Context(
        command_line, info_name="cifarcnn", terminal_width=_WIDTH, **command_line.context_settings
    )
    return "\n\n".join(["# Commands", *_help(command_line, root)]) + "\n"


def _help(command: click.Command, context: click.Context) -> list[str]:
    parts = [f"## {context.command_path}", f"```text\n{command.get_help(context)}\n```"]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            parts += _help(inner, click.Context(inner, info_name=name, parent=context))
    return parts
