"""`cifarcnn list-configs`."""

import shutil
import textwrap
from typing import Any

import click

from cifarcnn.cli.options import json_option


@click.command("list-configs")
@json_option
def list_configs_command(as_json: bool) -> None:
    """List the shipped configs."""
    from cifarcnn.cli.output import print_json

    configs = list_configs()
    if as_json:
        print_json({"configs": configs})
        return
    width = max(shutil.get_terminal_size().columns, 40)
    click.secho(_row("config", "layers", "parameters", "MFLOP", "epochs"), bold=True)
    for config in configs:
        click.echo(
            _row(
                config["name"],
                str(config["layers"]),
                f"{config['parameters']:,}",
                f"{config['mflop']:.3g}",
                str(config["epochs"]),
            )
        )
        for line in textwrap.wrap(config["description"], width - 2):
            click.secho(f"  {line}", dim=True)


def _row(name: str, layers: str, parameters: str, mflop: str, epochs: str) -> str:
    return f"{name:<27}{layers:>6}{parameters:>14}{mflop:>8}{epochs:>8}"


def list_configs() -> list[dict[str, Any]]:
    """Each shipped config with the size of its network and its epochs."""
    from cifarcnn.spec.load import load_spec
    from cifarcnn.spec.plan import plan_network
    from cifarcnn.spec.shipped import shipped_configs

    configs = []
    for name, path in shipped_configs().items():
        spec = load_spec(path)
        plan = plan_network(spec.model.layers)
        configs.append(
            {
                "name": name,
                "description": spec.description,
                "layers": len(plan.layers),
                "parameters": plan.parameters.total,
                "mflop": round(plan.mflop, 4),
                "epochs": spec.training.epochs,
            }
        )
    return configs
