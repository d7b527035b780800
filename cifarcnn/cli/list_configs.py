"""`cifarcnn list-configs`."""

from typing import Any

import click

from cifarcnn.cli.options import json_option


@click.command("list-configs")
@json_option
def list_configs_command(as_json: bool) -> None:
    """List the shipped configs."""
    from cifarcnn.cli.output import output_console, plain_table, print_json

    configs = list_configs()
    if as_json:
        print_json({"configs": configs})
        return
    table = plain_table(
        ("config", "left"),
        ("description", "left"),
        ("layers", "right"),
        ("parameters", "right"),
        ("MFLOP", "right"),
        ("epochs", "right"),
    )
    table.columns[0].no_wrap = True
    table.columns[1].overflow = "fold"
    for config in configs:
        table.add_row(
            config["name"],
            config["description"],
            str(config["layers"]),
            f"{config['parameters']:,}",
            f"{config['mflop']:.3g}",
            str(config["epochs"]),
        )
    output_console().print(table)


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
