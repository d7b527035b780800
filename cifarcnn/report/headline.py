"""The beginning of a report: what was trained, how good it is, and how far to trust that."""

from collections.abc import Sequence

from cifarcnn.language.schema import Spec
from cifarcnn.metrics.figures import Figures
from cifarcnn.metrics.intervals import Accuracy
from cifarcnn.report.html import Content, Html, element, joined
from cifarcnn.report.parts import Section, facts, paragraph, section, table, warning
from cifarcnn.report.run_data import Material
from cifarcnn.runs.next_command import next_command


def run_header(material: Material) -> Html:
    """The title, and the headline: the test accuracy, or that there is none yet."""
    return header(material.spec, f"seed {material.spec.seed}", _headline(material))


def header(spec: Spec, which: str, *content: Content) -> Html:
    """The title: on what and with which seeds, the name and the description of the spec."""
    return element(
        "header",
        element("p", f"{spec.data.facts.title}, {which}", class_="above"),
        element("h1", spec.name),
        element("p", spec.description, class_="description") if spec.description else None,
        *content,
        id="top",
    )


def _headline(material: Material) -> Html:
    summary = material.summary
    if summary is None:
        return warning(
            "this run is unfinished: it is still under way, or it was interrupted. The page shows "
            "what there is; the test set is scored at the end. To go on with it: ",
            element("code", next_command("resume", material.run.path)),
        )
    found = accuracy_of(material)
    steered = steered_by_test(material)
    return joined(
        headline("test accuracy", found.value, found.interval, f"{found.images:,} test images"),
        warning("the test set steered the training, so this score is optimistic.")
        if steered
        else None,
    )


def headline(what: str, value: float, interval: tuple[float, float] | None, where: str) -> Html:
    """A number in large print with its 95 % interval."""
    return element(
        "div",
        element("span", f"{value:.4f}", class_="value"),
        element(
            "span",
            element("b", what),
            element("span", f"95 % interval {interval_text(interval)}") if interval else None,
            element("span", where),
            class_="what",
        ),
        class_="headline",
    )


def interval_text(interval: tuple[float, float]) -> str:
    """Such as `0.7718 to 0.7880`."""
    return f"{interval[0]:.4f} to {interval[1]:.4f}"


def accuracy_of(material: Material) -> Accuracy:
    """The accuracy of a finished run, from its predictions, else from its summary."""
    assert material.summary is not None
    if material.figures is not None:
        return material.figures.accuracy
    return accuracy_from(material.summary.test_accuracy, material.summary.test_images)


def accuracy_from(share: float, images: int) -> Accuracy:
    """The accuracy that a summary tells as a share from 0 to 1 of so many images."""
    return Accuracy(round(share * images), images)


def steered_by_test(material: Material) -> bool:
    """Whether the test set was the validation set."""
    summary = material.summary
    return "test" in (material.spec.data.validation, summary.validation if summary else None)


def summary_section(material: Material) -> Section:
    """The figures of the run."""
    return section("summary", "Summary", facts(_rows(material)))


def _rows(material: Material) -> Sequence[tuple[str, Content]]:
    plan, training, summary = material.plan, material.spec.training, material.summary
    network: list[tuple[str, Content]] = [
        ("parameters", f"{plan.parameters.total:,}"),
        ("MFLOP per image", f"{plan.mflop:,.3f}"),
    ]
    if summary is None:
        done = material.curve.epochs[-1] if material.curve else 0
        return [("epochs finished", f"{done:,} of at most {training.epochs:,}"), *network]
    rows: list[tuple[str, Content]] = [("test loss", f"{summary.test_loss:.4f}")]
    if found := material.figures:
        rows += [
            (
                "top-2 accuracy",
                f"{found.top2.value:.4f} ({interval_text(found.top2.interval)})",
            ),
            ("calibration error", f"{found.calibration.error:.4f}"),
        ]
    if best := summary.best_epoch:
        rows.append(("best validation accuracy", f"{best.val_accuracy:.4f}, in epoch {best.epoch}"))
    stopped = f" ({summary.stopped})" if summary.stopped else ""
    return [
        *rows,
        ("weights", f"of epoch {summary.weights_of_epoch}"),
        ("epochs", f"{summary.epochs:,} of at most {training.epochs:,}{stopped}"),
        ("time of training", duration(summary.seconds)),
        ("device", summary.device),
        *network,
        ("weights, SHA-256", element("code", f"{summary.digest[:16]}...")),
    ]


def validation_section(material: Material) -> Section:
    """How the run was validated, and what that makes of its score."""
    finished = material.summary is not None
    parts = validation_notes(material.spec, steered_by_test(material), finished=finished)
    if finished:
        parts.append(
            paragraph(
                "The 95 % interval is Wilson's. It holds the chance of which test images were "
                "drawn, not that of the training: another seed gives another network."
            )
        )
    if material.figures and material.figures.checks:
        parts.append(_checks(material.figures))
    return section("validation", "How it was validated", *parts)


def validation_notes(spec: Spec, steered: bool, *, finished: bool) -> list[Content]:
    """What the validation was on, and whether all training images were used."""
    data = spec.data
    if steered:
        found: list[Content] = [
            warning(
                "validation was on the test set. Whatever chose by it (the best epoch, early "
                "stopping, the learning rate, and whoever read the curves) chose by the test "
                "images, so the test score is optimistic. An honest score comes from a share of "
                "the training set that is held out: data.validation: 0.1."
            )
        ]
    else:
        found = [
            paragraph(
                f"A share of {data.validation} of the training images was held out for "
                "validation, drawn from the seed with the same share of every class. It alone "
                "steered the training; the test images had no part in it and "
                f"{'were' if finished else 'are'} scored at the end."
            )
        ]
    if data.limit is not None:
        found.append(
            warning(f"only the first {data.limit:,} training images were used (data.limit).")
        )
    return found


def _checks(figures: Figures) -> Content:
    rows: list[list[Content]] = [["all", *_accuracy(figures.accuracy)]]
    sources = []
    for check in figures.checks:
        name = check.without.replace("_", " ")
        rows.append([f"without {name}", *_accuracy(check.accuracy)])
        sources.append(
            element("li", element("b", name.capitalize()), f": {check.reason} ({check.source}).")
        )
    return [
        table(
            "Two checks of the test accuracy",
            ["test images", "accuracy", "95 % interval", "images"],
            rows,
        ),
        element("ul", sources, class_="note"),
    ]


def _accuracy(accuracy: Accuracy) -> list[str]:
    interval = interval_text(accuracy.interval)
    return [f"{accuracy.value:.4f}", interval, f"{accuracy.images:,}"]


def duration(seconds: float) -> str:
    """A time for people, such as `1 min 05 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"
