"""The page about a repeat: one spec with several seeds."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cifarcnn.errors import UserError
from cifarcnn.files.own_files import require_own_files
from cifarcnn.language.load import load_resolved
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.plots.svg_charts import Line, line_chart
from cifarcnn.report.headline import accuracy_from
from cifarcnn.report.network import network_section
from cifarcnn.report.page import page
from cifarcnn.report.rendering import Section, section
from cifarcnn.report.spec import spec_section
from cifarcnn.runs.learning_curve import Curve, mean_curve, read_curve
from cifarcnn.runs.next_command import next_command
from cifarcnn.runs.repeat import (
    RepeatDirectory,
    RepeatSummary,
    recorded_seeds,
    summarize,
)

_MOST_LINES = 50
"""Curves of seeds in one chart; more would hide each other."""


@dataclass(frozen=True, eq=False)
class RepeatMaterial:
    """What the folder of a repeat holds."""

    directory: RepeatDirectory
    spec: Spec
    summary: RepeatSummary
    curves: dict[int, Curve] = field(default_factory=dict)
    """By the seed, of the finished runs."""

    @property
    def finished(self) -> bool:
        """Whether every seed is finished."""
        return len(self.summary.finished) == len(self.summary.seeds)


def read_repeat(path: Path, warn: Callable[[str], None] = lambda text: None) -> RepeatMaterial:
    """Read the folder of a repeat; `warn` hears of histories that cannot be read.

    Raises:
        UserError: it holds links that lead out of it, its spec or `repeat.json` is not what a
            repeat writes, or it has no seed.
    """
    require_own_files(path)
    directory = RepeatDirectory(path)
    spec = load_resolved(directory.spec)
    summary = summarize(directory, spec, *recorded_seeds(directory))
    if not summary.seeds:
        raise UserError(f"{path} is a repeat without any seed")
    curves = {}
    for result in summary.finished:
        try:
            curves[result.seed] = read_curve(directory.run(result.seed).history)
        except UserError as error:
            warn(error.message)
    return RepeatMaterial(directory, spec, summary, curves)


def repeat_page(run_data: RepeatMaterial) -> str:
    """The report of a repeat as HTML."""
    summary = run_data.summary
    finished = len(summary.finished)
    sections = [
        section("summary", "Summary", "repeat_summary", summary=summary),
        _validation_section(run_data),
        _seeds_section(summary),
        _curves_section(run_data),
        network_section(plan_network(run_data.spec.model.layers)),
        spec_section(run_data.spec),
        _commands_section(run_data),
    ]
    return page(
        "repeat",
        run_data.spec,
        sections,
        which=_in_words(len(summary.seeds)),
        accuracy=summary.test_accuracy,
        where=f"mean of {_in_words(finished)}, {summary.test_images or 0:,} images",
        seeds=len(summary.seeds),
        unfinished=len(summary.seeds) - finished,
        resume=_resume_command(run_data),
        steered=summary.validation == "test",
    )


def _validation_section(run_data: RepeatMaterial) -> Section:
    return section(
        "validation",
        "How it was validated",
        data=run_data.spec.data,
        steered="test" in (run_data.spec.data.validation, run_data.summary.validation),
        finished=bool(run_data.summary.finished),
        one_run=False,
        figures=None,
    )


def _seeds_section(summary: RepeatSummary) -> Section:
    rows = [
        (
            result,
            None
            if result.test_accuracy is None or summary.test_images is None
            else accuracy_from(result.test_accuracy, summary.test_images),
        )
        for result in summary.seeds
    ]
    return section("seeds", "Seeds", seeds=rows)


def _curves_section(run_data: RepeatMaterial) -> Section:
    title = "Learning curves"
    if not run_data.curves:
        return section("curves", title, nothing="No seed is finished yet.")
    mean = mean_curve(list(run_data.curves.values()))
    drawn = list(run_data.curves.items())[:_MOST_LINES]
    charts = []
    for name, what in (("val_loss", "Validation loss"), ("val_accuracy", "Validation accuracy")):
        lines = [
            Line("mean", "mean", mean.epochs, mean.values(name)),
            *(
                Line(f"seed {seed}", "seed", curve.epochs, curve.values(name), "each seed")
                for seed, curve in drawn
            ),
        ]
        charts.append(line_chart(what, lines))
    return section(
        "curves",
        title,
        "repeat_curves",
        nothing=None,
        charts=charts,
        seeds=_in_words(len(run_data.curves)),
        drawn=len(drawn) if len(drawn) < len(run_data.curves) else None,
    )


def _commands_section(run_data: RepeatMaterial) -> Section:
    runs = [run_data.directory.run(result.seed) for result in run_data.summary.seeds]
    begun = next((run.path for run in runs if run.spec.exists()), None)
    lines = [
        "# train it again, from the same spec with the same seeds",
        f"{next_command('repeat', run_data.directory.spec)} --seeds {_seeds(run_data)}",
        "",
        *(["# a report of one seed", next_command("report", begun), ""] if begun else []),
        "# against another run or repeat",
        f"{next_command('compare', run_data.directory.path)} OTHER",
    ]
    if not run_data.finished:
        lines = ["# go on with what is missing", _resume_command(run_data), "", *lines]
    return section("commands", "Do it again", lines=lines, foreign_code=False)


def _resume_command(run_data: RepeatMaterial) -> str:
    command = next_command("repeat", run_data.directory.spec)
    folder = shlex.quote(str(run_data.directory.path))
    return f"{command} --seeds {_seeds(run_data)} --output {folder}"


def _seeds(run_data: RepeatMaterial) -> str:
    """As `--seeds` takes them; a number alone would be how many."""
    seeds = [str(result.seed) for result in run_data.summary.seeds]
    return ",".join(seeds) if len(seeds) > 1 else f"{seeds[0]},"


def _in_words(seeds: int) -> str:
    return "1 seed" if seeds == 1 else f"{seeds:,} seeds"
