"""Printing the result of a run on standard output."""

import click

from cifarcnn.cli.output import print_json
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.summary import Summary, summary_data


def print_run(run: RunDirectory, summary: Summary, as_json: bool) -> None:
    """The final scores, the best epoch, and where the checkpoint is."""
    if as_json:
        print_json({"run": str(run.path), **summary_data(summary)})
        return
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
