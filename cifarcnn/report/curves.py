"""The learning curves of a run."""

from collections.abc import Sequence
from pathlib import Path

from cifarcnn.report.charts import Line, line_chart, thinned
from cifarcnn.report.html import Content, Html, element, joined
from cifarcnn.report.parts import Section, folded, note, paragraph, section, table
from cifarcnn.report.run_data import Material
from cifarcnn.runs.learning_curve import Curve

_SERIES = (("loss", "Loss"), ("accuracy", "Accuracy"))


def curves_section(material: Material) -> Section:
    """Loss, accuracy and learning rate over the epochs, and the same as a table."""
    curve = material.curve
    if curve is None:
        return section("curves", "Learning curves", paragraph(_nothing(material)))
    return section(
        "curves",
        "Learning curves",
        element("div", _charts(material, curve), class_="charts"),
        note(*_explanation(material, curve)),
        folded("The epochs as a table", _table(material, curve)),
    )


def validation_label(validation: str | float) -> str:
    """What the validation curve is of."""
    return "validation (test set)" if validation == "test" else "validation"


def _nothing(material: Material) -> str:
    problem = material.problems.get("history.csv", "")
    if Path(material.run.history).exists():
        return f"There are no curves: {problem}."
    return "No epoch is finished yet." if not material.finished else f"{problem}."


def _charts(material: Material, curve: Curve) -> list[Html]:
    validation = validation_label(material.spec.data.validation)
    marks = _marks(material, curve)
    charts = [
        line_chart(
            title,
            [
                Line("training", "training", curve.epochs, curve.values(name)),
                Line(validation, "validation", curve.epochs, curve.values(f"val_{name}")),
            ],
            marks=marks,
        )
        for name, title in _SERIES
    ]
    if len(set(material.rates)) > 1:
        rate = Line("learning rate", "rate", curve.epochs, material.rates)
        charts.append(line_chart("Learning rate", [rate]))
    return charts


def best_epoch(curve: Curve) -> int:
    """The epoch with the highest validation accuracy; the first of equals."""
    return curve.epochs[curve.val_accuracy.index(max(curve.val_accuracy))]


def _marks(material: Material, curve: Curve) -> list[tuple[int, str]]:
    if len(curve.epochs) == 1:
        return []
    best = best_epoch(curve)
    return [(best, f"epoch {best}, the best by validation accuracy")]


def _explanation(material: Material, curve: Curve) -> list[Content]:
    best = best_epoch(curve)
    value = max(curve.val_accuracy)
    text: list[Content] = [
        f"The highest validation accuracy is {value:.4f}, in epoch {best} (the dashed line). "
        if len(curve.epochs) > 1
        else "",
        "The training figures are taken while the network learns: with dropout and "
        "augmentation, and as means over the epoch. ",
    ]
    if material.rates and len(set(material.rates)) == 1:
        text.append(f"The learning rate was {material.rates[0]:.4g} throughout. ")
    if len(thinned(curve.epochs)) < len(curve.epochs):
        text.append("Not every epoch is drawn. ")
    return text


_MOST_ROWS = 500


def _table(material: Material, curve: Curve) -> Html:
    rates = material.rates if len(material.rates) == len(curve.epochs) else None
    headings = ["epoch", "loss", "accuracy", "validation loss", "validation accuracy"]
    rows: list[Sequence[Content]] = []
    for index, epoch in list(enumerate(curve.epochs))[-_MOST_ROWS:]:
        numbers = (curve.loss, curve.accuracy, curve.val_loss, curve.val_accuracy)
        rate = [f"{rates[index]:.4g}"] if rates else []
        rows.append([epoch, *(f"{values[index]:.4f}" for values in numbers), *rate])
    if rates:
        headings.append("learning rate")
    left_out = len(curve.epochs) - len(rows)
    more = note(f"without the first {left_out:,} epochs") if left_out else None
    return joined(table("Epochs", headings, rows), more)
