"""`cifarcnn export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from cifarcnn.cli.options import (
    code_option,
    data_dir_option,
    json_option,
    pixels_option,
    quiet_option,
)
from cifarcnn.display.terminal import print_json
from cifarcnn.exporting.format_names import FormatName

if TYPE_CHECKING:
    from cifarcnn.checkpoints.restore import Pixels
    from cifarcnn.exporting.export import Export


@click.command("export")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "name",
    type=click.Choice(get_args(FormatName)),
    required=True,
    help="What to write; onnx needs: pip install 'cifarcnn[export]'.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file to write, or the folder for saved_model; must be new.  "
    "[default: beside the checkpoint, such as checkpoint-export.onnx]",
)
@pixels_option
@data_dir_option
@code_option
@json_option
@quiet_option
def export_command(
    checkpoint: Path,
    name: "FormatName",
    output: Path | None,
    pixels: "Pixels | None",
    data_dir: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a CHECKPOINT in another format, and prove that it computes the same.

    What is written takes pixels from 0 to 255 (float32, N x 32 x 32 x 3, red first, any N) and
    gives the probabilities of the 10 classes (float32, N x 10).

    It is run in a process of its own on all test images; if fewer than 99.9 % of them get the class
    that the checkpoint gives, it is not kept and the exit code is 1.
    """
    from cifarcnn.display.showing import showing_progress
    from cifarcnn.exporting.export import export

    with showing_progress(quiet) as progress:
        result = export(
            checkpoint, name, output, pixels=pixels, data_dir=data_dir, download=progress.download()
        )
    if as_json:
        print_json(_as_data(result))
    else:
        from cifarcnn.cli.text.export import show_export

        show_export(result)


def _as_data(result: "Export") -> dict[str, Any]:
    agreement = result.agreement
    return {
        "checkpoint": str(result.checkpoint),
        "exported": str(result.path),
        "format": result.format,
        "bytes": result.bytes,
        "verified_by": result.runner,
        "dataset": result.dataset,
        "test_images": agreement.images,
        "same_class": agreement.same_class,
        "largest_difference": agreement.largest_difference,
    }
