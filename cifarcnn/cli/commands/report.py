"""`cifarcnn report`."""

from functools import partial
from pathlib import Path

import click

from cifarcnn.cli.options import code_option, data_dir_option, json_option
from cifarcnn.display.terminal import print_json, say, warn

_MOST_MISTAKES = 200


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write; an earlier report is replaced.  [default: RUN/report.html]",
)
@click.option(
    "--mistakes",
    type=click.IntRange(0, _MOST_MISTAKES),
    default=24,
    show_default=True,
    metavar="N",
    help="Show at most N of the most confident mistakes as pictures.",
)
@data_dir_option
@code_option
@json_option
def report_command(
    run: Path, output: Path | None, mistakes: int, data_dir: Path | None, as_json: bool
) -> None:
    """Write a page about RUN, or the folder of a repeat: one HTML file that needs no network.

    It shows the score with its interval, how it was validated, learning curves, confusion matrix,
    figures of each class, calibration, the most confident mistakes, network, spec and record. It
    is made from the files in the run directory, without TensorFlow; the pictures of mistakes need
    the data set, which is never fetched for them. A run that is not finished shows what it has; of
    a repeat there is a table of its seeds, their mean and interval, and their curves.
    """
    from cifarcnn.report.page import run_page
    from cifarcnn.report.repeat import RepeatMaterial, read_repeat, repeat_page
    from cifarcnn.report.run_data import RunData, read_material
    from cifarcnn.report.write import write_page
    from cifarcnn.runs.directory import RunDirectory
    from cifarcnn.runs.repeat import is_repeat

    run_data: RunData | RepeatMaterial
    if run.is_dir() and is_repeat(run):
        run_data = repeat = read_repeat(run, warn)
        make = partial(repeat_page, repeat)
    else:
        run_data = single = read_material(run, warn)
        make = partial(run_page, single, mistakes=mistakes, data_dir=data_dir, warn=warn)
    place = output or RunDirectory(run).report
    size = write_page(place, make)
    if as_json:
        print_json({"report": str(place), "finished": run_data.finished, "bytes": size})
        return
    note = "" if run_data.finished else "; it is not finished"
    say(f"report in {place}{note}")
