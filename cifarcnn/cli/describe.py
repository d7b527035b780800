"""`cifarcnn describe`."""

import json
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.options import collect_overrides, json_option, set_option

if TYPE_CHECKING:
    from cifarcnn.spec.plan import Plan
    from cifarcnn.spec.schema import Spec


@click.command("describe")
@click.argument("spec_word", metavar="SPEC")
@set_option
@json_option
def describe_command(spec_word: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Show the layers of a network: shapes, parameters, MFLOP.

    MFLOP are millions of floating-point operations of one forward pass over one image: two per
    multiply-accumulate of convolutions and dense layers.
    """
    from cifarcnn.cli.output import print_json, show_warning
    from cifarcnn.spec.load import load_spec
    from cifarcnn.spec.plan import plan_network

    spec = load_spec(spec_word, collect_overrides(settings), show_warning)
    plan = plan_network(spec.model.layers)
    if as_json:
        print_json(describe(spec, plan))
    else:
        _show(spec, plan)


def describe(spec: "Spec", plan: "Plan") -> dict[str, Any]:
    """The network as plain data."""
    from cifarcnn.spec.plan import IMAGE_SHAPE

    return {
        "name": spec.name,
        "description": spec.description,
        "input_shape": list(IMAGE_SHAPE),
        "layers": [
            {
                "name": row.name,
                "output_shape": list(row.output_shape),
                "parameters": row.parameters.total,
                "mflop": row.mflop,
            }
            for row in plan.layers
        ],
        "parameters": plan.parameters.total,
        "trainable_parameters": plan.parameters.trainable,
        "mflop": round(plan.mflop, 6),
    }


def _show(spec: "Spec", plan: "Plan") -> None:
    from rich.text import Text

    from cifarcnn.cli.output import output_console, plain_table
    from cifarcnn.cli.printable import printable
    from cifarcnn.spec.plan import IMAGE_SHAPE, show_shape

    console = output_console()
    description = printable(spec.description)
    console.print(Text.assemble((spec.name, "bold"), f"  {description}".rstrip()))
    table = plain_table(
        ("layer", "left"),
        ("arguments", "left"),
        ("output shape", "right"),
        ("parameters", "right"),
        ("MFLOP", "right"),
    )
    table.show_footer = True
    table.columns[0].no_wrap = True
    table.columns[1].overflow = "fold"
    pixels = {"unit": "0 to 1", "raw": "0 to 255", "standard": "standardized"}[spec.data.pixels]
    table.add_row("images", f"pixels {pixels}", show_shape(IMAGE_SHAPE), "", "")
    for row in plan.layers:
        table.add_row(
            row.name,
            _arguments(row.layer),
            show_shape(row.output_shape),
            f"{row.parameters.total:,}" if row.parameters.total else "",
            f"{row.mflop:.3f}" if row.macs else "",
        )
    table.columns[0].footer = "total"
    table.columns[3].footer = f"{plan.parameters.total:,}"
    table.columns[4].footer = f"{plan.mflop:.3f}"
    console.print(table)
    if plan.parameters.non_trainable:
        console.print(f"{plan.parameters.trainable:,} of the parameters are trainable")


def _arguments(entry: Any) -> str:  # a Layer, or an Entry among its arguments
    """The arguments that the spec gives, as it gives them."""
    shown = []
    for name in type(entry).model_fields:
        if name not in entry.model_fields_set:
            continue
        value = getattr(entry, name)
        if hasattr(value, "entry_name"):
            inner = _arguments(value)
            value = f"{value.entry_name} ({inner})" if inner else value.entry_name
        if isinstance(value, tuple) and len(set(value)) == 1:
            value = value[0]
        shown.append(f"{name} {json.dumps(value)}".replace('"', ""))
    return ", ".join(shown)
