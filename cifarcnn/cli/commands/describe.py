"""`cifarcnn describe`."""

import click

from cifarcnn.cli.options import code_option, collect_overrides, json_option, set_option
from cifarcnn.display.terminal import print_json


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
    from cifarcnn.language.describe import describe, difference

    network = describe(spec_word, collect_overrides(settings), show_warning)
    pair = difference(network, describe(other_word)) if other_word is not None else None
    if as_json:
        print_json((pair or network).as_data())
    elif pair:
        from cifarcnn.cli.text.spec_differences import show_difference

        show_difference(pair)
    else:
        from cifarcnn.cli.text.description import show_description

        show_description(network)
