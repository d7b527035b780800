"""The page about a repeat: one spec with several seeds."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cifarcnn.errors import UserError
from cifarcnn.files.own_files import require_own_files
from cifarcnn.language.load import load_resolved
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.metrics.spread import Spread
from cifarcnn.report.charts import Line, line_chart
from cifarcnn.report.headline import (
    accuracy_from,
    duration,
    header,
    headline,
    interval_text,
    validation_notes,
)
from cifarcnn.report.html import Content, Html, element
from cifarcnn.report.network import network_section
from cifarcnn.report.page import page
from cifarcnn.report.parts import (
    Section,
    code,
    facts,
    note,
    paragraph,
    section,
    table,
    warning,
)
from cifarcnn.report.spec import spec_section
from cifarcnn.runs.learning_curve import Curve, mean_curve, read_curve
from cifarcnn.runs.next_command import next_command
from cifarcnn.runs.repeat import (
    RepeatDirectory,
    RepeatSummary,
    SeedResult,
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


def repeat_page(material: RepeatMaterial) -> str:
    """The report of a repeat as HTML."""
    sections = [
        _summary_section(material.summary),
        _validation_section(material),
        _seeds_section(material.summary),
        _curves_section(material),
        network_section(plan_network(material.spec.model.layers)),
        spec_section(material.spec),
        _commands_section(material),
    ]
    return page(material.spec.name, _header(material), sections)


def _header(material: RepeatMaterial) -> Html:
    summary = material.summary
    done, all_seeds = len(summary.finished), len(summary.seeds)
    parts: list[Content] = []
    if found := summary.test_accuracy:
        where = f"mean of {_in_words(done)}, {summary.test_images:,} images"
        parts.append(headline("test accuracy", found.mean, _interval(found), where))
    if done < all_seeds:
        parts.append(
            warning(
                f"{all_seeds - done} of {all_seeds} seeds are not finished. To go on with them: ",
                element("code", _go_on(material)),
            )
        )
    if summary.validation == "test":
        parts.append(warning("the test set steered the training, so these scores are optimistic."))
    return header(material.spec, _in_words(all_seeds), *parts)


def _summary_section(summary: RepeatSummary) -> Section:
    rows: list[tuple[str, Content]] = []
    for name, found in (("accuracy", summary.test_accuracy), ("loss", summary.test_loss)):
        if found is None:
            continue
        rows.append((f"test {name}, mean", f"{found.mean:.4f}"))
        if found.deviation is not None:
            rows.append((f"test {name}, standard deviation", f"{found.deviation:.4f}"))
        if interval := _interval(found):
            rows.append((f"test {name}, interval of the mean", interval_text(interval)))
    rows.append(("seeds finished", f"{len(summary.finished)} of {len(summary.seeds)}"))
    return section(
        "summary",
        "Summary",
        facts(rows),
        note(
            "The standard deviation is that of one run, with n - 1. The interval is that of the "
            "mean over seeds, by Student's t; it holds the chance of the training."
        ),
    )


def _validation_section(material: RepeatMaterial) -> Section:
    steered = "test" in (material.spec.data.validation, material.summary.validation)
    notes = validation_notes(material.spec, steered, finished=bool(material.summary.finished))
    return section("validation", "How it was validated", *notes)


def _seeds_section(summary: RepeatSummary) -> Section:
    headings = ["seed", "accuracy", "95 % interval", "loss", "epochs", "best epoch",
                "best validation accuracy", "time"]  # fmt: skip
    rows = [_seed_row(result, summary.test_images) for result in summary.seeds]
    return section(
        "seeds",
        "Seeds",
        table("Every seed", headings, rows),
        note("The interval of one seed is Wilson's: it holds the chance of the test images."),
    )


def _seed_row(result: SeedResult, images: int | None) -> Sequence[Content]:
    if result.test_accuracy is None or images is None:
        reason = f": {result.reason}" if result.reason else ""
        return [result.seed, element("td", f"{result.status}{reason}", colspan=7)]
    accuracy = accuracy_from(result.test_accuracy, images)
    best = result.best_val_accuracy
    return [
        result.seed,
        f"{result.test_accuracy:.4f}",
        interval_text(accuracy.interval),
        f"{result.test_loss:.4f}",
        result.epochs,
        result.best_epoch,
        f"{best:.4f}" if best is not None else "",
        duration(result.seconds or 0),
    ]


def _curves_section(material: RepeatMaterial) -> Section:
    if not material.curves:
        return section("curves", "Learning curves", paragraph("No seed is finished yet."))
    mean = mean_curve(list(material.curves.values()))
    drawn = list(material.curves.items())[:_MOST_LINES]
    charts = []
    for name, title in (("val_loss", "Validation loss"), ("val_accuracy", "Validation accuracy")):
        lines = [
            Line("mean", "mean", mean.epochs, mean.values(name)),
            *(
                Line(f"seed {seed}", "seed", curve.epochs, curve.values(name), "each seed")
                for seed, curve in drawn
            ),
        ]
        charts.append(line_chart(title, lines))
    return section(
        "curves",
        "Learning curves",
        element("div", charts, class_="charts"),
        note(_explanation(len(material.curves), len(drawn))),
    )


def _explanation(curves: int, drawn: int) -> str:
    mean = f"The mean is that of {_in_words(curves)}, as far as all of them went."
    return mean if drawn == curves else f"{mean} Only the first {drawn} have a line of their own."


def _commands_section(material: RepeatMaterial) -> Section:
    runs = [material.directory.run(result.seed) for result in material.summary.seeds]
    begun = next((run.path for run in runs if run.spec.exists()), None)
    lines = [
        "# train it again, from the same spec with the same seeds",
        f"{next_command('repeat', material.directory.spec)} --seeds {_seeds(material)}",
        "",
        *(["# a report of one seed", next_command("report", begun), ""] if begun else []),
        "# against another run or repeat",
        f"{next_command('compare', material.directory.path)} OTHER",
    ]
    if not material.finished:
        lines = ["# go on with what is missing", _go_on(material), "", *lines]
    return section("commands", "Do it again", code("\n".join(lines)))


def _go_on(material: RepeatMaterial) -> str:
    command = next_command("repeat", material.directory.spec)
    folder = shlex.quote(str(material.directory.path))
    return f"{command} --seeds {_seeds(material)} --output {folder}"


def _seeds(material: RepeatMaterial) -> str:
    """As `--seeds` takes them; a number alone would be how many."""
    seeds = [str(result.seed) for result in material.summary.seeds]
    return ",".join(seeds) if len(seeds) > 1 else f"{seeds[0]},"


def _in_words(seeds: int) -> str:
    return "1 seed" if seeds == 1 else f"{seeds:,} seeds"


def _interval(found: Spread) -> tuple[float, float] | None:
    return None if found.low is None or found.high is None else (found.low, found.high)
