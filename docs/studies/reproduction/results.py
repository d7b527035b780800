"""Keep the results of the reproduction study, and make tables and a picture of them.

    python -m docs.studies.reproduction.results [RUNS]

takes over the results of the run directories below RUNS that are finished, if it is named; then it
writes the tables into ../reproduction.md and draws curves.png, from the results that are kept.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cifarcnn.metrics.intervals import wilson_interval
from cifarcnn.metrics.spread import spread, with_deviation
from cifarcnn.runs.learning_curve import Curve, read_curve, read_reference
from docs.generate.markdown import table, with_part
from docs.studies.reproduction.study import (
    AS_SHIPPED,
    CONFIGS,
    EPOCHS,
    HELD_OUT,
    PRINTED_EPOCHS,
    STOP_EARLY,
    WITHOUT_STOPPING,
)

FOLDER = Path(__file__).parent
KEPT = FOLDER / "results"
NOTEBOOK = FOLDER / "notebook.csv"
PAGE = FOLDER.parents[1] / "reproduction.md"
PICTURE = FOLDER / "curves.png"

AVERAGED = range(9, PRINTED_EPOCHS + 1)
_OF_RECORD = ("started", "machine", "versions", "backend", "device", "switches")
"""What is kept of a record; its command and the place of its data are of one machine."""


@dataclass(frozen=True)
class Result:
    """What is kept of a run."""

    group: str
    config: str
    seed: int
    summary: dict[str, Any]
    curve: Curve

    @property
    def finished(self) -> bool:
        """Whether it went as far as its config lets it."""
        return self.summary["stopped"] is not None or self.summary["epochs"] == EPOCHS

    def averaged(self) -> float:
        """The mean validation accuracy over the last epochs that the notebook prints."""
        return mean_of(self.curve)


def mean_of(curve: Curve) -> float:
    """The mean validation accuracy over `AVERAGED`."""
    values = dict(zip(curve.epochs, curve.val_accuracy, strict=True))
    return sum(values[epoch] for epoch in AVERAGED) / len(AVERAGED)


def take_over(runs: Path) -> None:
    """Copy the results of finished runs, without what belongs to one machine only."""
    for summary in sorted(runs.glob("*/*/summary.json")):
        run = summary.parent
        if json.loads(summary.read_text())["epochs"] != len(read_curve(run / "history.csv").epochs):
            continue  # it is being trained further
        kept = KEPT / run.parent.name / run.name
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(summary, kept)
        shutil.copy(run / "history.csv", kept)
        shutil.copy(run / "spec.yaml", kept)
        record = json.loads((run / "record.json").read_text())
        shown = {name: record[name] for name in _OF_RECORD}
        shown["data_sha256"] = record["data"]["sha256"]
        (kept / "record.json").write_text(json.dumps(shown, indent=2) + "\n")


def results() -> list[Result]:
    """All results that are kept."""
    found = []
    for path in sorted(KEPT.glob("*/*/summary.json")):
        config, _, seed = path.parent.name.rpartition("-seed")
        summary = json.loads(path.read_text())
        curve = read_curve(path.parent / "history.csv")
        found.append(Result(path.parts[-3], config, int(seed), summary, curve))
    return found


def of(found: Iterable[Result], group: str, config: str) -> list[Result]:
    """Those of a config in a group, by their seeds."""
    return [r for r in found if (r.group, r.config) == (group, config)]


def without_stopping(found: Sequence[Result], config: str) -> list[Result]:
    """The runs of a config that went through the printed epochs with nothing to stop them."""
    if config == "two_conv_early_stopping":
        config = "two_conv"  # the same without its callback
    group = WITHOUT_STOPPING if config in STOP_EARLY else AS_SHIPPED
    return of(found, group, config)


def table_of_printed_epochs(found: Sequence[Result]) -> str:
    """Validation accuracy over epochs 9 to 11, beside the notebook's."""
    rows = []
    for config in CONFIGS:
        _, printed = read_reference(NOTEBOOK, config, [config])
        runs = without_stopping(found, config)
        ours = spread([run.averaged() for run in runs])
        rows.append(
            [
                f"`{config}`",
                f"{mean_of(printed):.4f}",
                with_deviation(ours),
                f"{ours.mean - mean_of(printed):+.4f}",
                " ".join(f"{run.averaged():.4f}" for run in runs),
            ]
        )
    heads = ("config", "notebook", "here (deviation)", "difference", "seeds 7, 8, 9")
    return table(heads, rows)


def table_of_ends(found: Sequence[Result]) -> str:
    """The ends of the runs with the notebook's own settings."""
    rows = []
    for config in CONFIGS:
        runs = [run for run in of(found, AS_SHIPPED, config) if run.finished]
        accuracy = spread([run.summary["test_accuracy"] for run in runs])
        best = [run.summary["best_epoch"] for run in runs]
        highest = spread([epoch["val_accuracy"] for epoch in best])
        trained = spread([run.summary["last_epoch"]["accuracy"] for run in runs])
        rows.append(
            [
                f"`{config}`",
                str(len(runs)),
                " ".join(str(run.summary["epochs"]) for run in runs),
                with_deviation(accuracy),
                f"{highest.mean:.4f} (epoch {', '.join(str(epoch['epoch']) for epoch in best)})",
                f"{trained.mean:.4f}",
            ]
        )
    heads = ("config", "seeds", "epochs", "accuracy at the end", "highest", "training accuracy")
    return table(heads, rows)


def table_of_held_out(found: Sequence[Result]) -> str:
    """The same with 5,000 training images held out, which steer instead of the test set."""
    rows = []
    for config in CONFIGS:
        for run in of(found, HELD_OUT, config):
            summary = run.summary
            correct = round(summary["test_accuracy"] * summary["test_images"])
            low, high = wilson_interval(correct, summary["test_images"])
            (beside,) = (r for r in of(found, AS_SHIPPED, config) if r.seed == run.seed)
            rows.append(
                [
                    f"`{config}`",
                    str(summary["epochs"]),
                    f"{summary['last_epoch']['val_accuracy']:.4f}",
                    f"{summary['test_accuracy']:.4f} ({low:.4f} to {high:.4f})",
                    f"{beside.summary['test_accuracy']:.4f}",
                    f"{beside.summary['best_epoch']['val_accuracy']:.4f}",
                ]
            )
    heads = (
        "config", "epochs", "validation accuracy", "test accuracy (95 % interval)",
        "notebook's way, at the end", "its highest",
    )  # fmt: skip
    return table(heads, rows)


TABLES = {
    "printed epochs": table_of_printed_epochs,
    "ends": table_of_ends,
    "held out": table_of_held_out,
}


def with_tables(page: str, found: Sequence[Result]) -> str:
    """The page with its tables made anew, each between two comments that bear its name."""
    for name, make in TABLES.items():
        page = with_part(page, name, make(found))
    return page


def draw(path: Path, found: Sequence[Result]) -> None:
    """Draw the validation accuracy of all runs over their epochs, a panel for each config."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 6.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(2, 4, sharex=True, sharey=True).flat)
    for axes, config in zip(panels, CONFIGS, strict=False):
        for curve, style in _lines(found, config):
            axes.plot(curve.epochs, curve.val_accuracy, **style)
        axes.set(title=config, ylim=(0.5, 0.8))
        axes.grid(alpha=0.3)
    legend = panels[len(CONFIGS)]
    legend.axis("off")
    of_stopping = panels[CONFIGS.index("deeper_3x3")]  # has a curve of every kind
    legend.legend(
        *of_stopping.get_legend_handles_labels(), frameon=False, loc="center", fontsize="small"
    )
    figure.supxlabel("epoch")
    figure.supylabel("validation accuracy")
    figure.savefig(path)


def _lines(found: Sequence[Result], config: str) -> Iterator[tuple[Curve, dict[str, Any]]]:
    """The curves of a panel and how they look; only the first of a kind has a label."""
    _, printed = read_reference(NOTEBOOK, config, [config])
    kinds = (
        (of(found, WITHOUT_STOPPING, config), "#9ecae1", "here, early stopping off (test set)"),
        (of(found, AS_SHIPPED, config), "#1f77b4", "here, the notebook's settings (test set)"),
        (of(found, HELD_OUT, config), "#2ca02c", "here, 5,000 images held out"),
    )
    for runs, color, label in kinds:
        for number, run in enumerate(runs):
            yield run.curve, {"color": color, "label": "_" * (number > 0) + label, "linewidth": 1}
    style = {"color": "black", "marker": ".", "label": "the notebook's printed log (test set)"}
    yield printed, style


def main() -> int:
    """Take over, write and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="?", help="the folder of the study's runs")
    arguments = parser.parse_args()
    if arguments.runs:
        take_over(arguments.runs)
    found = results()
    PAGE.write_text(with_tables(PAGE.read_text(), found))
    draw(PICTURE, found)
    print(f"{len(found)} runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
