"""`cifarcnn evaluate`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.options import code_option, data_dir_option, json_option, quiet_option

if TYPE_CHECKING:
    from cifarcnn.evaluation.evaluate import Evaluation, Pixels, SplitName
    from cifarcnn.evaluation.views import TestTimeAugmentation


@click.command("evaluate")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    show_default=True,
    help="Which images to score.",
)
@click.option(
    "--tta",
    type=click.Choice(["none", "mirror", "mirror+shift"]),
    default="none",
    show_default=True,
    help="Score with test-time augmentation too: the average over mirror images and shifts.",
)
@click.option(
    "--pixels",
    type=click.Choice(["unit", "raw"]),
    help="What a checkpoint of plain Keras expects: 0 to 1 (default) or 0 to 255.",
)
@click.option(
    "--device",
    metavar="DEVICE",
    default="auto",
    show_default=True,
    help="auto, cpu, gpu, gpu:1 or gpu:0,1 (counting visible GPUs).",
)
@click.option(
    "--trust",
    is_flag=True,
    help="Let Keras itself load a network that is not made of known layers, in its safe mode.",
)
@data_dir_option
@code_option
@json_option
@quiet_option
def evaluate_command(
    checkpoint: Path,
    split: "SplitName",
    tta: "TestTimeAugmentation",
    pixels: "Pixels | None",
    device: str,
    trust: bool,
    data_dir: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Score a CHECKPOINT (.h5 or .keras): loss, accuracy, and accuracy per class.

    A checkpoint of this program is scored on the data of its spec. One made by plain Keras is
    scored on CIFAR-10 if all of its layers are known (see the layers in the documentation), or
    with --trust, which still runs no code that the file holds.
    """
    from cifarcnn.cli.output import print_json
    from cifarcnn.cli.progress import choose_progress
    from cifarcnn.evaluation.evaluate import evaluate

    progress = choose_progress(quiet)
    evaluation = evaluate(
        checkpoint,
        split=split,
        tta=tta,
        device=device,
        pixels=pixels,
        data_dir=data_dir,
        download=progress.download(),
        trust=trust,
        warn=progress.warning,
    )
    if as_json:
        print_json(_as_data(evaluation))
    else:
        _show(evaluation)


def _as_data(evaluation: "Evaluation") -> dict[str, Any]:
    split = evaluation.split
    return {
        "checkpoint": str(evaluation.checkpoint),
        "dataset": evaluation.dataset,
        "split": split,
        "pixels": evaluation.pixels,
        "device": evaluation.device,
        "outputs": evaluation.outputs,
        f"{split}_loss": evaluation.loss,
        f"{split}_accuracy": evaluation.accuracy,
        f"{split}_images": evaluation.images,
        "augmented": asdict(evaluation.augmented) if evaluation.augmented else None,
        "classes": {
            row.name: {"images": row.images, "correct": row.correct, "accuracy": row.accuracy}
            for row in evaluation.classes
        },
    }


def _show(evaluation: "Evaluation") -> None:
    from cifarcnn.cli.output import output_console, plain_table, scored_on

    name = evaluation.split
    on = scored_on(evaluation.dataset, evaluation.images)
    click.echo(f"{name + ' loss':<20}{evaluation.loss:.4f}   {on}")
    click.echo(f"{name + ' accuracy':<20}{evaluation.accuracy:.4f}")
    if augmented := evaluation.augmented:
        click.echo(
            f"{'with ' + augmented.tta:<20}{augmented.accuracy:.4f}   (loss {augmented.loss:.4f}, "
            f"{augmented.views} views of each image)"
        )
    click.echo(f"{'pixels':<20}{evaluation.pixels}")
    click.echo(f"{'device':<20}{evaluation.device}")
    if evaluation.outputs == "probabilities":
        click.echo(f"{'outputs':<20}probabilities, clipped to 1e-7 for the loss, as Keras does")
    table = plain_table(
        ("class", "left"), ("images", "right"), ("correct", "right"), ("accuracy", "right")
    )
    for row in evaluation.classes:
        table.add_row(row.name, str(row.images), str(row.correct), f"{row.accuracy:.4f}")
    output_console().print(table)
