"""The beginning of a report: what was trained, how good it is, and how far to trust that."""

from cifarcnn.metrics.intervals import Accuracy
from cifarcnn.report.rendering import Section, section
from cifarcnn.report.run_data import RunData


def accuracy_of(run_data: RunData) -> Accuracy:
    """The accuracy of a finished run, from its predictions, else from its summary."""
    assert run_data.summary is not None
    if run_data.figures is not None:
        return run_data.figures.accuracy
    return accuracy_from(run_data.summary.test_accuracy, run_data.summary.test_images)


def accuracy_from(share: float, images: int) -> Accuracy:
    """The accuracy that a summary tells as a share from 0 to 1 of so many images."""
    return Accuracy(round(share * images), images)


def steered_by_test(run_data: RunData) -> bool:
    """Whether the test set was the validation set."""
    summary = run_data.summary
    return "test" in (run_data.spec.data.validation, summary.validation if summary else None)


def summary_section(run_data: RunData) -> Section:
    """The figures of the run."""
    return section(
        "summary",
        "Summary",
        summary=run_data.summary,
        figures=run_data.figures,
        plan=run_data.plan,
        epochs_done=run_data.curve.epochs[-1] if run_data.curve else 0,
        most_epochs=run_data.spec.training.epochs,
    )


def validation_section(run_data: RunData) -> Section:
    """How the run was validated, and what that makes of its score."""
    return section(
        "validation",
        "How it was validated",
        data=run_data.spec.data,
        steered=steered_by_test(run_data),
        finished=run_data.finished,
        one_run=True,
        figures=run_data.figures,
    )
