"""The table of `cifarcnn describe`."""

import textwrap
from collections.abc import Iterator

from rich.text import Text

from cifarcnn.cli.text.output import megabytes
from cifarcnn.display.columns import columns_that_fit
from cifarcnn.display.terminal import output_console
from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.describe import Description
from cifarcnn.language.differences import arguments_text
from cifarcnn.language.plan.groups import with_groups
from cifarcnn.language.plan.network_plan import Group, PlannedLayer, show_shape

_HEADINGS = ("output shape", "parameters", "MFLOP", "MB")
_NARROWEST = 24
"""Characters that the names of layers get on any terminal."""


def show_description(network: Description) -> None:
    """A table of the layers with its totals, and the memory that a training takes."""
    spec, plan = network.spec, network.plan
    batch_size = spec.training.batch_size
    pixels = {"unit": "0 to 1", "raw": "0 to 255", "standard": "standardized"}[spec.data.pixels]
    rows = [
        (0, "images", f"pixels {pixels}", (show_shape(IMAGE_SHAPE), "", "", "")),
        *_layer_rows(network),
    ]
    outputs = megabytes(network.activation_bytes)
    totals = ("", f"{plan.parameters.total:,}", f"{plan.mflop:.3f}", outputs)

    console = output_console()
    console.print(Text.assemble((spec.name, "bold"), f"  {spec.description}".rstrip()))
    console.print()
    for line in _table(rows, totals, console.width):
        console.print(line, soft_wrap=True)
    console.print()
    if plan.parameters.non_trainable:
        console.print(f"{plan.parameters.trainable:,} of the parameters are trainable")
    memory = network.memory
    parts = ", ".join(f"{name} {megabytes(part)}" for name, part in vars(memory).items())
    console.print(f"MB are those of the layers' outputs for a batch of {batch_size:,} images")
    console.print(f"training takes about {megabytes(memory.total)} MB of memory: {parts}")


def _layer_rows(network: Description) -> Iterator[tuple[int, str, str, tuple[str, ...]]]:
    """Each layer with its depth, name, arguments and figures; above it the groups that it opens."""
    for depth, item in with_groups(network.plan):
        if isinstance(item, Group):
            yield depth, item.label, "", ()
        else:
            arguments = arguments_text(item.layer, given=True)
            yield depth, item.name, arguments, _figures(network, item)


def _figures(network: Description, row: PlannedLayer) -> tuple[str, ...]:
    return (
        show_shape(row.output_shape),
        f"{row.parameters.total:,}" if row.parameters.total else "",
        f"{row.mflop:.3f}" if row.macs else "",
        megabytes(network.bytes_of(row)),
    )


def _table(
    rows: list[tuple[int, str, str, tuple[str, ...]]], totals: tuple[str, ...], width: int
) -> Iterator[Text]:
    """Lines of a table; a layer's arguments go on in lines below it where they are long.

    On a narrow terminal the last columns are left out.
    """
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
