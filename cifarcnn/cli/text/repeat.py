"""The result of `cifarcnn repeat`."""

from pathlib import Path

from cifarcnn.cli.text.output import plain_table
from cifarcnn.display.repeat_progress import in_one_line
from cifarcnn.display.terminal import output_console, say
from cifarcnn.language.dataset_facts import scored_on
from cifarcnn.runs.next_command import next_command
from cifarcnn.runs.repeat import RepeatSummary


def show_repeat(folder: Path, summary: RepeatSummary) -> None:
    """A row for each seed, what failed, and the means with their spread."""
    table = plain_table(
        *((name, "right") for name in ("seed", "accuracy", "loss", "best epoch", "seconds"))
    )
    for result in summary.finished:
        table.add_row(
            str(result.seed),
            f"{result.test_accuracy:.4f}",
            f"{result.test_loss:.4f}",
            f"{result.best_epoch} of {result.epochs}",
            f"{result.seconds:,.1f}",
        )
    if summary.finished:
        output_console().print(table)
    for result in summary.seeds:
        if result.status == "failed":
            say(f"seed {result.seed} failed: {in_one_line(result.reason)}")
        elif result.status == "unfinished":
            say(f"seed {result.seed} is not finished")
    accuracy, loss = summary.test_accuracy, summary.test_loss
    if accuracy and loss:
        on = f"({scored_on(summary.dataset, summary.test_images or 0)})"
        say(f"{'mean accuracy':<20}{accuracy.mean:.4f}   {on}")
        if accuracy.deviation is not None and loss.deviation is not None:
            say(f"{'standard deviation':<20}{accuracy.deviation:.4f}   (of one seed)")
            say(
                f"{'95 % interval':<20}{accuracy.low:.4f} to {accuracy.high:.4f}   "
                f"(of the mean; Student's t, {accuracy.count} seeds)"
            )
        say(
            f"{'mean loss':<20}{loss.mean:.4f}"
            + ("" if loss.deviation is None else f"   (standard deviation {loss.deviation:.4f})")
        )
    if summary.validation == "test":
        say(f"{'note':<20}the test set steered the training, so its scores are optimistic")
    say(f"{'folder':<20}{folder}")
    say(f"{'compare':<20}{next_command('compare', folder)}")
