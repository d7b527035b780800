"""The result of a training."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.api.arguments import PathLike, as_path
from cifarcnn.api.picture import Picture, drawn
from cifarcnn.api.tables import Facts, facts_html, facts_text, interval_text
from cifarcnn.errors import UserError
from cifarcnn.extras import missing_modules
from cifarcnn.language.dataset_facts import scored_on
from cifarcnn.language.load import load_resolved
from cifarcnn.language.schema import Spec
from cifarcnn.metrics.intervals import Accuracy
from cifarcnn.plots.learning_curve import draw_curves
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.history import EpochRow
from cifarcnn.runs.learning_curve import read_curve_and_column
from cifarcnn.runs.summary import Summary, read_summary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A finished training, as its run directory holds it."""

    path: Path
    """The run directory."""
    spec: Spec
    summary: Summary
    """All figures of `summary.json`."""
    history: Mapping[str, NDArray[Any]]
    """Of each epoch: `epoch`, `loss`, `accuracy`, `val_loss`, `val_accuracy`, `learning_rate`,
    `seconds`; arrays of shape (epochs,)."""

    @classmethod
    def open(cls, path: PathLike) -> "Run":
        """Read a finished run from its directory.

        Raises:
            UserError: it is not a run, or not finished.
        """
        directory = RunDirectory(as_path(path))
        spec, summary = load_resolved(directory.spec), read_summary(directory.summary)
        curve, rates = read_curve_and_column(directory.history, "learning_rate")
        columns = vars(curve) | {"epoch": curve.epochs, "learning_rate": rates}
        names = [field.name for field in fields(EpochRow)]
        return cls(directory.path, spec, summary, {name: np.array(columns[name]) for name in names})

    @property
    def checkpoint(self) -> Path:
        """The network at the end of training, as plain Keras."""
        return RunDirectory(self.path).checkpoint

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return self.summary.epochs

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the highest validation accuracy."""
        return self.summary.best_epoch.epoch if self.summary.best_epoch else None

    @property
    def test_accuracy(self) -> float:
        """The share of the test images that are recognized."""
        return self.summary.test_accuracy

    @property
    def test_accuracy_interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the test accuracy."""
        images = self.summary.test_images
        return Accuracy(round(self.test_accuracy * images), images).interval

    @property
    def test_loss(self) -> float:
        """The mean loss over the test images, in nats."""
        return self.summary.test_loss

    @property
    def seconds(self) -> float:
        """How long the training took, with compilation and validation."""
        return self.summary.seconds

    def history_frame(self) -> "pd.DataFrame":
        """The history as a DataFrame of pandas, indexed by epoch.

        Raises:
            UserError: pandas is not installed.
        """
        if missing_modules(["pandas"]):
            raise UserError("history_frame() needs pandas", hint="pip install pandas")
        import pandas as pd

        return pd.DataFrame(dict(self.history)).set_index("epoch")

    @cached_property
    def curves(self) -> Picture:
        """The learning curves."""
        columns = (self.history[field.name].tolist() for field in fields(EpochRow))
        rows = [EpochRow(*row) for row in zip(*columns, strict=True)]
        name = self.spec.name
        return drawn(lambda path: draw_curves(path, rows, name), f"the learning curves of {name}")

    def __repr__(self) -> str:
        return facts_text(self._title, self._facts())

    def _repr_html_(self) -> str:
        return facts_html(self._title, self._facts(), self.curves.as_html())

    @property
    def _title(self) -> str:
        return f"Run of {self.spec.name}, seed {self.spec.seed}"

    def _facts(self) -> Facts:
        summary, best = self.summary, self.summary.best_epoch
        interval = interval_text(self.test_accuracy_interval)
        on = scored_on(summary.dataset, summary.test_images)
        facts = [
            ("test accuracy", f"{summary.test_accuracy:.4f} ({interval}; {on})"),
            ("test loss", f"{summary.test_loss:.4f}"),
        ]
        if best:
            facts.append(
                (
                    "best epoch",
                    f"{best.epoch} of {summary.epochs}, validation accuracy "
                    f"{best.val_accuracy:.4f}",
                )
            )
        if summary.stopped:
            facts.append(("stopped", summary.stopped))
        if summary.validation == "test":
            facts.append(("note", "the test set steered the training, so its score is optimistic"))
        return [*facts, ("checkpoint", str(self.checkpoint))]
