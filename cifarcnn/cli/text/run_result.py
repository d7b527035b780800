"""Printing the result of a run on standard output."""

from pathlib import Path

from cifarcnn.display.terminal import print_json, say
from cifarcnn.language.dataset_facts import scored_on
from cifarcnn.metrics.intervals import Accuracy
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.next_command import next_command
from cifarcnn.runs.summary import Summary, summary_data


def print_run(run: RunDirectory, summary: Summary, as_json: bool, data_dir: Path | None) -> None:
    """The final scores, the best epoch, and where the checkpoint is."""
    if as_json:
        print_json({"run": str(run.path), **summary_data(summary)})
        return
    on = f"({scored_on(summary.dataset, summary.test_images)})"
    _line("test loss", f"{summary.test_loss:.4f}   {on}")
    _line("test accuracy", f"{summary.test_accuracy:.4f}{_interval(summary)}")
    if best := summary.best_epoch:
        _line(
            "best epoch",
            f"{best.epoch} of {summary.epochs} by validation accuracy: {best.val_accuracy:.4f} "
            f"(loss {best.val_loss:.4f})",
        )
    _line("weights", f"of epoch {summary.weights_of_epoch}, in {run.checkpoint}")
    if summary.validation == "test":
        _line("note", "the test set steered the training, so its score is optimistic")
    command = next_command("evaluate", run.checkpoint, data_dir, backend=summary.backend)
    _line("evaluate", command)


def _interval(summary: Summary) -> str:
    images = summary.test_images
    low, high = Accuracy(round(summary.test_accuracy * images), images).interval
    return f"   (95 % interval {low:.4f} to {high:.4f})"


def _line(label: str, text: str) -> None:
    say(f"{label:<15}{text}")
