"""The whole page: sections in their order, with a style sheet inside and nothing outside."""

from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from cifarcnn.report.calibration import calibration_section
from cifarcnn.report.classes import classes_section
from cifarcnn.report.commands import commands_section
from cifarcnn.report.confusion import confusion_section
from cifarcnn.report.curves import curves_section
from cifarcnn.report.headline import run_header, summary_section, validation_section
from cifarcnn.report.html import Html, element
from cifarcnn.report.mistakes import images_at_hand, mistakes_section
from cifarcnn.report.network import network_section
from cifarcnn.report.parts import Section, section
from cifarcnn.report.record import events_section, record_section
from cifarcnn.report.run_data import Material
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
    material: Material,
    *,
    mistakes: int = 24,
    data_dir: Path | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> str:
    """The report of a run as HTML.

    Args:
        material: What was read from its directory.
        mistakes: How many of the most confident mistakes are shown at most.
        data_dir: Where CIFAR-10 is, if it is not in one of the usual places.
        warn: Told of data that cannot be read.

    Raises:
        UserError: `data_dir` is given and holds no CIFAR-10.
    """
    sections = [
        summary_section(material),
        validation_section(material),
        curves_section(material),
        *_answers_sections(material, mistakes, data_dir, warn),
        network_section(material.plan),
        spec_section(material.spec),
        events_section(material),
        record_section(material),
        commands_section(material),
    ]
    return page(material.spec.name, run_header(material), sections)


def page(title: str, head: Html, sections: Sequence[Section]) -> str:
    """A document of a header and sections."""
    style = (resources.files("cifarcnn.report") / "style.css").read_text(encoding="utf-8")
    links = [element("a", part.title, href=f"#{part.place}") for part in sections]
    document = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="generator", content=f"cifarcnn {__version__}"),
            element("link", rel="icon", href="data:,"),
            element("title", f"{title}: report"),
            element("style", Html(style)),
        ),
        element(
            "body",
            head,
            element("nav", links, aria_label="Contents"),
            element("main", [part.html for part in sections]),
            element("footer", f"Written by cifarcnn {__version__}."),
        ),
        lang="en",
    )
    return f"{MARK}{document}\n"


def _answers_sections(
    material: Material, mistakes: int, data_dir: Path | None, warn: Callable[[str], None]
) -> list[Section]:
    """The sections that need what the network answered for each test image."""
    figures = material.figures
    if figures is None:
        if not material.finished:
            return []
        missing = element(
            "p",
            f"{material.problems['predictions.npz']}, so there are no figures of classes, no "
            "confusion matrix, no calibration and no mistakes here. The checkpoint gives them: ",
            element(
                "code",
                next_command(
                    "evaluate",
                    material.run.checkpoint,
                    backend=material.spec.runtime.backend,
                ),
            ),
            class_="missing",
        )
        return [section("answers", "Answers on the test images", missing)]
    found = [confusion_section(figures), classes_section(figures), calibration_section(figures)]
    if mistakes:
        images = images_at_hand(material, data_dir, warn)
        found.append(mistakes_section(figures, images, mistakes))
    return found
