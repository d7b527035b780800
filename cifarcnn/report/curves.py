"""The learning curves of a run."""

from cifarcnn.plots.svg_charts import Chart, Line, line_chart, thinned
from cifarcnn.report.rendering import Section, section
from cifarcnn.report.run_data import RunData
from cifarcnn.runs.learning_curve import SERIES, Curve

_MOST_ROWS = 500


def curves_section(run_data: RunData) -> Section:
    """Loss, accuracy and learning rate over the epochs, and the same as a table."""
    curve, rates = run_data.curve, run_data.rates
    title = "Learning curves"
    if curve is None:
        return section("curves", title, nothing=_nothing(run_data))
    columns = [curve.values(name) for name in SERIES]
    if len(rates) == len(curve.epochs):
        columns.append(rates)
    return section(
        "curves",
        title,
        nothing=None,
        charts=_charts(run_data, curve),
        highest=max(curve.val_accuracy),
        best=best_epoch(curve) if len(curve.epochs) > 1 else None,
        only_rate=rates[0] if len(set(rates)) == 1 else None,
        all_drawn=len(thinned(curve.epochs)) == len(curve.epochs),
        with_rates=columns[-1] is rates,
        epochs=list(zip(curve.epochs, *columns, strict=True))[-_MOST_ROWS:],
        left_out=max(len(curve.epochs) - _MOST_ROWS, 0),
    )


def best_epoch(curve: Curve) -> int:
    """The epoch with the highest validation accuracy; the first of equals."""
    return curve.epochs[curve.val_accuracy.index(max(curve.val_accuracy))]


def _nothing(run_data: RunData) -> str:
    problem = run_data.problems.get("history.csv", "")
    if run_data.run.history.exists():
        return f"There are no curves: {problem}."
    return "No epoch is finished yet." if not run_data.finished else f"{problem}."


def _charts(run_data: RunData, curve: Curve) -> list[Chart]:
    on_test = run_data.spec.data.validation == "test"
    validation = "validation (test set)" if on_test else "validation"
    best = best_epoch(curve)
    marks = [(best, f"epoch {best}, the best by validation accuracy")]
    charts = [
        line_chart(
            title,
            [
                Line("training", "training", curve.epochs, curve.values(name)),
                Line(validation, "validation", curve.epochs, curve.values(f"val_{name}")),
            ],
            marks=marks if len(curve.epochs) > 1 else [],
        )
        for name, title in (("loss", "Loss"), ("accuracy", "Accuracy"))
    ]
    if len(set(run_data.rates)) > 1:
        rate = Line("learning rate", "rate", curve.epochs, run_data.rates)
        charts.append(line_chart("Learning rate", [rate]))
    return charts
