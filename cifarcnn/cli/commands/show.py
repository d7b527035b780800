"""`cifarcnn show`."""

import click

from cifarcnn.cli.options import code_option, collect_overrides, json_option, set_option
from cifarcnn.display.terminal import print_json


@click.command("show")
@click.argument("spec_word", metavar="SPEC")
@set_option
@code_option
@click.option("--origin", is_flag=True, help="Tell for each value what set it.")
@json_option
def show_command(spec_word: str, settings: tuple[str, ...], origin: bool, as_json: bool) -> None:
    """Show the whole spec that SPEC stands for, with its bases and all defaults.

    It is YAML that trains to the same run. With --origin each value has a line of its own, with
    the line of the file, the option or the environment variable that set it, or `default`.
    """
    from cifarcnn.cli.text.resolved_spec import show_origins, show_spec
    from cifarcnn.language.show import show

    resolved = show(spec_word, collect_overrides(settings))
    if as_json:
        print_json(resolved.as_data(origins=origin))
    elif origin:
        show_origins(resolved)
    else:
        show_spec(resolved)
