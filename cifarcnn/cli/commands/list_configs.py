"""`cifarcnn list-configs`."""

import shutil
import textwrap
from typing import Any

import click

from cifarcnn.cli.options import json_option
from cifarcnn.display.columns import columns_that_fit
from cifarcnn.display.terminal import print_json, say


@click.command("list-configs")
@json_option
def list_configs_command(as_json: bool) -> None:
    """List the shipped configs."""
    configs = list_configs()
    if as_json:
        print_json({"configs": configs})
        return
    width = max(shutil.get_terminal_size().columns, 40)
    columns = columns_that_fit(_WIDTHS, ("layers", "epochs", "MFLOP", "parameters"), width)
    say(_row({name: name for name in columns}), bold=True)
    for config in configs:
        cells = {
            "config": config["name"],
            "layers": str(config["layers"]),
            "parameters": f"{config['parameters']:,}",
            "MFLOP": f"{config['mflop']:.3g}",
            "epochs": str(config["epochs"]),
        }
        say(_row({name: cells[name] for name in columns}))
        for line in textwrap.wrap(config["description"], width - 2):
            say(dim=f"  {line}")


_WIDTHS = {"config": 27, "layers": 6, "parameters": 14, "MFLOP": 8, "epochs": 8}


def _row(cells: dict[str, str]) -> str:
    name, *numbers = cells
    shown = (f"{cells[key]:>{_WIDTHS[key]}}" for key in numbers)
    return f"{cells[name]:<{_WIDTHS[name]}}{''.join(shown)}"


def list_configs() -> list[dict[str, Any]]:
    """Each shipped config with the size of its network and its epochs."""
    from cifarcnn.language.load import load_spec
    from cifarcnn.language.plan.network_plan import plan_network
    from cifarcnn.language.reading.shipped import shipped_configs

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
