"""The beginning of a report: what was trained, how good it is, and how far to trust that."""

from cifarcnn.metrics.intervals import Accuracy
from cifarcnn.report.rendering import Section, section
from cifarcnn.report.run_data import Material


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
    return section(
        "summary",
        "Summary",
        summary=material.summary,
        figures=material.figures,
        plan=material.plan,
        epochs_done=material.curve.epochs[-1] if material.curve else 0,
        most_epochs=material.spec.training.epochs,
    )


def validation_section(material: Material) -> Section:
    """How the run was validated, and what that makes of its score."""
    return section(
        "validation",
        "How it was validated",
        data=material.spec.data,
        steered=steered_by_test(material),
        finished=material.finished,
        one_run=True,
        figures=material.figures,
    )
