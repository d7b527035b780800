"""`cifarcnn train`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cifarcnn.cli.options import (
    collect_overrides,
    data_dir_option,
    device_option,
    json_option,
    quiet_option,
    set_option,
)

if TYPE_CHECKING:
    from cifarcnn.runs.directory import RunDirectory
    from cifarcnn.runs.summary import Summary


@click.command("train")
@click.argument("spec_word", metavar="SPEC")
@click.option("--epochs", type=int, metavar="N", help="Train at most so many epochs.")
@click.option("--batch-size", type=int, metavar="N", help="Images per training step.")
@click.option("--seed", type=int, metavar="N", help="Seed of weights, order, dropout and split.")
@device_option
@data_dir_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The run directory; must be new or empty.  [default: runs/<name>-<timestamp>]",
)
@set_option
@json_option
@quiet_option
def train_command(
    spec_word: str,
    epochs: int | None,
    batch_size: int | None,
    seed: int | None,
    device: str | None,
    data_dir: Path | None,
    output: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the network of SPEC and score it on the test set.

    Everything about the run is kept in its directory. Results go to standard output, progress to
    standard error. Exit codes: 0 done, 1 failed, 2 wrong input, 130 Ctrl-C, 143 SIGTERM.
    """
    from cifarcnn.cli.output import print_json
    from cifarcnn.cli.progress import choose_progress
    from cifarcnn.spec.load import load_spec

    overrides = collect_overrides(
        settings, epochs=epochs, batch_size=batch_size, seed=seed, device=device
    )
    spec = load_spec(spec_word, overrides)

    from cifarcnn.runs.summary import summary_data
    from cifarcnn.training.train import train

    progress = choose_progress(quiet)
    run, summary = train(
        spec, progress, output=output, data_dir=data_dir, download=progress.download()
    )
    if as_json:
        print_json({"run": str(run.path), **summary_data(summary)})
    else:
        _print_result(run, summary)


def _print_result(run: "RunDirectory", summary: "Summary") -> None:
    of = "CIFAR-10" if summary.dataset == "cifar10" else "demo, not CIFAR-10"
    click.echo(f"test loss      {summary.test_loss:.4f}   ({of}, {summary.test_images:,} images)")
    click.echo(f"test accuracy  {summary.test_accuracy:.4f}")
    if best := summary.best_epoch:
        click.echo(
            f"best epoch     {best.epoch} of {summary.epochs}, "
            f"validation accuracy {best.val_accuracy:.4f}, loss {best.val_loss:.4f}"
        )
    click.echo(f"weights        of epoch {summary.weights_of_epoch}, in {run.checkpoint}")
    click.echo(f"evaluate       cifarcnn evaluate {run.checkpoint}")
