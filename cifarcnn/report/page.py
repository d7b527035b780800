"""The whole page: sections in their order, with a style sheet inside and nothing outside."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cifarcnn.language.schema import Spec
from cifarcnn.report.calibration import calibration_section
from cifarcnn.report.classes import classes_section
from cifarcnn.report.commands import commands_section
from cifarcnn.report.confusion import confusion_section
from cifarcnn.report.curves import curves_section
from cifarcnn.report.headline import (
    accuracy_of,
    steered_by_test,
    summary_section,
    validation_section,
)
from cifarcnn.report.mistakes import mistakes_section
from cifarcnn.report.network import network_section
from cifarcnn.report.record import events_section, record_section
from cifarcnn.report.rendering import Section, render, section, with_marks
from cifarcnn.report.run_data import RunData
from cifarcnn.report.spec import spec_section
from cifarcnn.runs.next_command import next_command
from cifarcnn.version import __version__

MARK = "<!DOCTYPE html>\n<!-- A report of cifarcnn. -->\n"
"""How each report begins; no other file is overwritten."""

_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
"""Nothing is fetched and nothing runs, whatever a file of the run may have brought in."""


def run_page(
    run_data: RunData,
    *,
    mistakes: int = 24,
    data_dir: Path | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> str:
    """The report of a run as HTML.

    Args:
        run_data: What was read from its directory.
        mistakes: How many of the most confident mistakes are shown at most.
        data_dir: Where CIFAR-10 is, if it is not in one of the usual places.
        warn: Told of data that cannot be read.

    Raises:
        UserError: `data_dir` is given and holds no CIFAR-10.
    """
    sections = [
        summary_section(run_data),
        validation_section(run_data),
        curves_section(run_data),
        *_answers_sections(run_data, mistakes, data_dir, warn),
        network_section(run_data.plan),
        spec_section(run_data.spec),
        events_section(run_data),
        record_section(run_data),
        commands_section(run_data),
    ]
    return page(
        "run",
        run_data.spec,
        sections,
        which=f"seed {run_data.spec.seed}",
        accuracy=accuracy_of(run_data) if run_data.finished else None,
        steered=steered_by_test(run_data),
        resume=next_command("resume", run_data.run.path),
    )


def page(template: str, spec: Spec, sections: Sequence[Section], **headline: Any) -> str:
    """A document of sections, with the headline that a template makes of some data."""
    document = render(
        template,
        spec=spec,
        sections=sections,
        dataset=spec.data.facts.title,
        policy=_POLICY,
        version=__version__,
        **headline,
    )
    return with_marks(f"{MARK}{document.strip()}\n")


def _answers_sections(
    run_data: RunData, mistakes: int, data_dir: Path | None, warn: Callable[[str], None]
) -> list[Section]:
    """The sections that need what the network answered for each test image."""
    figures = run_data.figures
    if figures is None:
        if not run_data.finished:
            return []
        return [
            section(
                "answers",
                "Answers on the test images",
                problem=run_data.problems["predictions.npz"],
                evaluate=next_command(
                    "evaluate", run_data.run.checkpoint, backend=run_data.spec.runtime.backend
                ),
            )
        ]
    found = [confusion_section(figures), classes_section(figures), calibration_section(figures)]
    if mistakes:
        found.append(mistakes_section(run_data, figures, mistakes, data_dir, warn))
    return found
