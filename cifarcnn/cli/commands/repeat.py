"""`cifarcnn repeat`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cifarcnn.cli.options import (
    SHORT_FORMS,
    backend_option,
    batch_size_option,
    code_option,
    collect_overrides,
    data_dir_option,
    deterministic_option,
    epochs_option,
    json_option,
    quiet_option,
    set_option,
    spec_device_option,
    variable_of,
)

if TYPE_CHECKING:
    from cifarcnn.runs.repeat import RepeatSummary, SeedResult

CHILD_MODULE = "cifarcnn.cli.child"
"""What the child process of each run is."""
_MOST_SEEDS = 1000


@click.command("repeat")
@click.argument("spec_word", metavar="SPEC")
@click.option(
    "--seeds",
    "seeds_text",
    default="5",
    show_default=True,
    metavar="N|LIST",
    help="How many, counted up from the seed of SPEC; or a list such as 1,2,3.",
)
@epochs_option
@batch_size_option
@deterministic_option
@spec_device_option
@backend_option
@data_dir_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder; that of an earlier repeat goes on.  "
    "[default: runs/<name>-repeat-<timestamp>]",
)
@set_option
@code_option
@json_option
@quiet_option
def repeat_command(
    spec_word: str,
    seeds_text: str,
    epochs: int | None,
    batch_size: int | None,
    deterministic: bool | None,
    device: str | None,
    backend: str | None,
    data_dir: Path | None,
    output: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Train SPEC once for each of several seeds, and say how much the results vary.

    The folder holds an ordinary run directory for each seed (seed-7, ...), each of a process of
    its own, and repeat.json. Called again on the same folder, only what is missing is run, and an
    interrupted run goes on exactly. A seed that fails is reported with its reason, and the exit
    code is 1.
    """
    from cifarcnn.cli.text.output import print_json, show_warning
    from cifarcnn.language.load import load_spec

    overrides = collect_overrides(
        settings,
        epochs=epochs,
        batch_size=batch_size,
        deterministic=deterministic,
        device=device,
        backend=backend,
    )
    spec = load_spec(spec_word, overrides, show_warning)
    seeds = _seeds(seeds_text, spec.seed)

    from cifarcnn.runs.repeat import repeat_data
    from cifarcnn.training.repeat import repeat

    directory, summary = repeat(
        spec,
        seeds,
        _Lines(quiet),
        child_module=CHILD_MODULE,
        output=output,
        data_dir=data_dir,
        quiet=quiet,
        hidden_variables=[variable_of(name) for name in SHORT_FORMS],
    )
    if as_json:
        print_json({"folder": str(directory.path), **repeat_data(summary)})
    else:
        _show(directory.path, summary)
    if summary.failed:
        raise click.exceptions.Exit(1)


def _seeds(text: str, first: int) -> list[int]:
    """`5` stands for five seeds from the first on, `1,2,3` for these, `7,` for 7 alone."""
    from cifarcnn.errors import UserError
    from cifarcnn.language.schema import MAX_SEED

    if not re.fullmatch(r"\s*\d{1,12}\s*(,\s*\d{1,12}\s*)*,?\s*", text, re.ASCII):
        raise UserError(
            f"--seeds {text}: expected a number of seeds such as 5, or a list such as 1,2,3"
        )
    numbers = [int(word) for word in text.split(",") if word.strip()]
    seeds = numbers if "," in text else list(range(first, first + min(numbers[0], 10**4)))
    if not 1 <= len(seeds) <= _MOST_SEEDS:
        raise UserError(f"--seeds {text}: expected 1 to {_MOST_SEEDS:,} seeds")
    if len(set(seeds)) < len(seeds):
        raise UserError(f"--seeds {text}: a seed occurs twice")
    if max(seeds) > MAX_SEED:
        raise UserError(f"--seeds {text}: expected seeds up to {MAX_SEED:,}")
    return seeds


class _Lines:
    """Tells on standard error which seed is under way."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def seed_begins(self, seed: int, number: int, count: int, resumed: bool) -> None:
        """A heading above the progress of the run."""
        how = ", going on" if resumed else ""
        self._line(f"seed {seed} ({number} of {count}{how})", bold=True)

    def seed_ended(self, result: "SeedResult") -> None:
        """One line; a failure is told even if all else is quiet."""
        if result.status == "finished":
            self._line(f"seed {result.seed}: test accuracy {result.test_accuracy:.4f}")
        else:
            click.echo(f"seed {result.seed} failed: {_in_one_line(result.reason)}", err=True)

    def _line(self, text: str, bold: bool = False) -> None:
        if not self._quiet:
            click.secho(text, err=True, bold=bold)


def _show(folder: Path, summary: "RepeatSummary") -> None:
    from cifarcnn.cli.text.output import output_console, plain_table, scored_on
    from cifarcnn.cli.text.printable import printable
    from cifarcnn.runs.next_command import next_command

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
            click.echo(f"seed {result.seed} failed: {_in_one_line(result.reason)}")
        elif result.status == "unfinished":
            click.echo(f"seed {result.seed} is not finished")
    accuracy, loss = summary.test_accuracy, summary.test_loss
    if accuracy and loss:
        on = scored_on(summary.dataset, summary.test_images or 0)
        click.echo(f"{'mean accuracy':<20}{accuracy.mean:.4f}   {on}")
        if accuracy.deviation is not None and loss.deviation is not None:
            click.echo(f"{'standard deviation':<20}{accuracy.deviation:.4f}   (of one seed)")
            click.echo(
                f"{'95 % interval':<20}{accuracy.low:.4f} to {accuracy.high:.4f}   "
                f"(of the mean; Student's t, {accuracy.count} seeds)"
            )
        click.echo(
            f"{'mean loss':<20}{loss.mean:.4f}"
            + ("" if loss.deviation is None else f"   (standard deviation {loss.deviation:.4f})")
        )
    if summary.validation == "test":
        click.echo(f"{'note':<20}the test set steered the training, so its scores are optimistic")
    click.echo(f"{'folder':<20}{printable(str(folder))}")
    click.echo(f"{'compare':<20}{printable(next_command('compare', folder))}")


def _in_one_line(reason: str | None) -> str:
    from cifarcnn.cli.text.printable import printable

    return printable("; ".join(line.strip() for line in (reason or "").splitlines()))
