"""`cifarcnn list-configs`."""

import click

from cifarcnn.cli.options import json_option
from cifarcnn.display.terminal import print_json


@click.command("list-configs")
@json_option
def list_configs_command(as_json: bool) -> None:
    """List the shipped configs."""
    from cifarcnn.cli.text.configs import show_configs
    from cifarcnn.language.list_configs import list_configs

    configs = list_configs()
    if as_json:
        print_json({"configs": [vars(config) for config in configs]})
    else:
        show_configs(configs)
