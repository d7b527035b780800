"""`cifarcnn describe`."""

import textwrap
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.options import code_option, collect_overrides, json_option, set_option
from cifarcnn.display.terminal import output_console, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from cifarcnn.language.plan.network_plan import Plan, PlannedLayer
    from cifarcnn.language.schema import Spec

_HEADINGS = ("output shape", "parameters", "MFLOP", "MB")
_NARROWEST = 24
"""Characters that the names of layers get on any terminal."""


@click.command("describe")
@click.argument("spec_word", metavar="SPEC")
@set_option
@click.option(
    "--diff",
    "other_word",
    metavar="OTHER",
    help="Show what differs between SPEC (with what is set) and OTHER, side by side.",
)
@code_option
@json_option
def describe_command(
    spec_word: str, settings: tuple[str, ...], other_word: str | None, as_json: bool
) -> None:
    """Show the layers of a network: shapes, parameters, MFLOP, memory.

    MFLOP are millions of floating-point operations of one forward pass over one image: two per
    multiply-accumulate of convolutions and dense layers. MB are millions of bytes of a layer's
    output for one batch. The memory of a training is an estimate for a CPU.
    """
    from cifarcnn.cli.text.output import show_warning
    from cifarcnn.language.load import load_spec
    from cifarcnn.language.plan.network_plan import plan_network

    spec = load_spec(spec_word, collect_overrides(settings), show_warning)
    if other_word is not None:
        from cifarcnn.cli.text.spec_differences import difference, show_difference

        other = load_spec(other_word)
        if as_json:
            print_json(difference(spec, other))
        else:
            show_difference(spec, other)
        return
    plan = plan_network(spec.model.layers)
    if as_json:
        print_json(describe(spec, plan))
    else:
        _show(spec, plan)


def describe(spec: "Spec", plan: "Plan") -> dict[str, Any]:
    """The network as plain data; memory in bytes, that of outputs for one batch."""
    from cifarcnn.language.constants import IMAGE_SHAPE
    from cifarcnn.language.marks import dotted
    from cifarcnn.language.plan.memory_estimate import activation_bytes, training_memory

    batch_size = spec.training.batch_size
    memory = training_memory(spec, plan)
    layers = [
        {
            "name": row.name,
            "path": dotted(("model", "layers", *row.place.path)),
            "inside": [group.label for group in row.place.groups],
            "inputs": list(row.inputs),
            "output_shape": list(row.output_shape),
            "parameters": row.parameters.total,
            "mflop": row.mflop,
            "activation_bytes": activation_bytes(row, batch_size),
        }
        for row in plan.layers
    ]
    return {
        "name": spec.name,
        "description": spec.description,
        "input_shape": list(IMAGE_SHAPE),
        "batch_size": batch_size,
        "layers": layers,
        "parameters": plan.parameters.total,
        "trainable_parameters": plan.parameters.trainable,
        "mflop": round(plan.mflop, 6),
        "activation_bytes": sum(activation_bytes(row, batch_size) for row in plan.layers),
        "training_memory_bytes": vars(memory) | {"total": memory.total},
    }


def _show(spec: "Spec", plan: "Plan") -> None:
    from rich.text import Text

    from cifarcnn.cli.text.output import megabytes
    from cifarcnn.language.constants import IMAGE_SHAPE
    from cifarcnn.language.plan.memory_estimate import activation_bytes, training_memory
    from cifarcnn.language.plan.network_plan import show_shape

    batch_size = spec.training.batch_size
    pixels = {"unit": "0 to 1", "raw": "0 to 255", "standard": "standardized"}[spec.data.pixels]
    outputs = sum(activation_bytes(row, batch_size) for row in plan.layers)
    rows = [
        (0, "images", f"pixels {pixels}", (show_shape(IMAGE_SHAPE), "", "", "")),
        *_layer_rows(plan, batch_size),
    ]
    totals = ("", f"{plan.parameters.total:,}", f"{plan.mflop:.3f}", megabytes(outputs))

    console = output_console()
    console.print(Text.assemble((spec.name, "bold"), f"  {spec.description}".rstrip()))
    console.print()
    for line in _table(rows, totals, console.width):
        console.print(line, soft_wrap=True)
    console.print()
    if plan.parameters.non_trainable:
        console.print(f"{plan.parameters.trainable:,} of the parameters are trainable")
    memory = training_memory(spec, plan)
    parts = ", ".join(f"{name} {megabytes(part)}" for name, part in vars(memory).items())
    console.print(f"MB are those of the layers' outputs for a batch of {batch_size:,} images")
    console.print(f"training takes about {megabytes(memory.total)} MB of memory: {parts}")


def _layer_rows(plan: "Plan", batch_size: int) -> "Iterator[tuple[int, str, str, tuple[str, ...]]]":
    """Each layer with its depth, name, arguments and figures; above it the groups that it opens."""
    from cifarcnn.language.differences import arguments_text
    from cifarcnn.language.plan.groups import with_groups
    from cifarcnn.language.plan.network_plan import Group

    for depth, item in with_groups(plan):
        if isinstance(item, Group):
            yield depth, item.label, "", ()
        else:
            arguments = arguments_text(item.layer, given=True)
            yield depth, item.name, arguments, _figures(item, batch_size)


def _figures(row: "PlannedLayer", batch_size: int) -> tuple[str, ...]:
    from cifarcnn.cli.text.output import megabytes
    from cifarcnn.language.plan.memory_estimate import activation_bytes
    from cifarcnn.language.plan.network_plan import show_shape

    return (
        show_shape(row.output_shape),
        f"{row.parameters.total:,}" if row.parameters.total else "",
        f"{row.mflop:.3f}" if row.macs else "",
        megabytes(activation_bytes(row, batch_size)),
    )


def _table(
    rows: list[tuple[int, str, str, tuple[str, ...]]], totals: tuple[str, ...], width: int
) -> "Iterator[Text]":
    """Lines of a table; a layer's arguments go on in lines below it where they are long.

    On a narrow terminal the last columns are left out.
    """
    from rich.text import Text

    from cifarcnn.display.columns import columns_that_fit

    columns = zip(_HEADINGS, totals, *(figures for *_, figures in rows if figures), strict=True)
    widths = [max(map(len, column)) for column in columns]
    sizes = {heading: size + 2 for heading, size in zip(_HEADINGS, widths, strict=True)}
    shown = len(columns_that_fit(sizes, ("MB", "MFLOP", "parameters"), width - _NARROWEST))
    headings, totals, widths = _HEADINGS[:shown], totals[:shown], widths[:shown]
    labels = [len(f"{'  ' * depth}{name}  {arguments}") for depth, name, arguments, _ in rows]
    label_width = max(_NARROWEST, min(max(labels), width - sum(widths) - 2 * len(widths)))

    def line(label: str, figures: tuple[str, ...]) -> str:
        cells = (f"  {cell:>{size}}" for cell, size in zip(figures, widths, strict=False))
        return f"{label:<{label_width}}{''.join(cells)}".rstrip()

    rule = "─" * (label_width + sum(widths) + 2 * len(widths))
    yield Text(line("layer", headings), "bold")
    yield Text(rule)
    for depth, name, arguments, figures in rows:
        indent = "  " * depth
        first, *more = textwrap.wrap(
            f"{name}  {arguments}".rstrip(),
            label_width,
            initial_indent=indent,
            subsequent_indent=f"{indent}    ",
            break_on_hyphens=False,
        )
        text = Text(line(first, figures))
        text.stylize("dim", len(indent) + len(name), len(first))
        yield text
        for rest in more:
            yield Text(rest, "dim")
    yield Text(rule)
    yield Text(line("total", totals), "bold")
