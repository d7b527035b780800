"""Runs and repeats side by side, from what lies in their folders; no framework is needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from cifarcnn.errors import UserError
from cifarcnn.files.own_files import require_own_files
from cifarcnn.language.differences import compare_keys, compare_layers
from cifarcnn.language.load import load_resolved
from cifarcnn.language.marks import dotted
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.metrics.significance import McNemar, Welch, mcnemar, welch
from cifarcnn.metrics.spread import Spread, spread
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.learning_curve import Curve, mean_curve, read_curve
from cifarcnn.runs.repeat import RepeatDirectory, is_repeat, recorded_seeds, seed_results
from cifarcnn.runs.summary import Summary, read_summary

COLUMNS = ("test_accuracy", "test_loss", "epochs", "best_epoch", "seconds", "parameters", "mflop")
"""What is compared; of a repeat it is the mean over its seeds."""
_LAST_EPOCHS = 3


@dataclass(frozen=True)
class Side:
    """A run, or the finished runs of a repeat, with what they gave."""

    path: Path
    kind: Literal["run", "repeat"]
    spec: Spec
    runs: list[RunDirectory]
    summaries: list[Summary]
    unfinished: list[int]
    """Seeds of the repeat that are not finished, have not begun, or failed."""

    @property
    def dataset(self) -> tuple[str, int]:
        """What the scores are of: the data set, and how many test images."""
        return self.summaries[0].dataset, self.summaries[0].test_images

    @property
    def steered_by_test(self) -> bool:
        """Whether the test set was the validation set."""
        return any(summary.validation == "test" for summary in self.summaries)

    def spread(self, column: str) -> Spread | None:
        """One of `COLUMNS` over the runs; None if a run has no such value."""
        values = [_value(summary, column) for summary in self.summaries]
        numbers = [value for value in values if value is not None]
        return spread(numbers) if len(numbers) == len(values) else None

    @cached_property
    def curve(self) -> Curve:
        """The history; of a repeat the mean over its runs, as far as all of them went."""
        return mean_curve(self.curves)

    @cached_property
    def curves(self) -> list[Curve]:
        """The history of each run."""
        return [read_curve(run.history) for run in self.runs]


def _value(summary: Summary, column: str) -> float | None:
    if column == "best_epoch":
        return summary.best_epoch.epoch if summary.best_epoch else None
    value: float = getattr(summary, column)
    return value


@dataclass(frozen=True)
class Pair:
    """The first side and another one."""

    first: int
    other: int
    """Their numbers, from 1."""
    differences: dict[str, float | None]
    """Of each of `COLUMNS`, other minus first."""
    test: McNemar | Welch | None
    no_test: str | None
    """Why there is no test."""
    mismatch: str | None
    """What does not fit together between files of a run, if anything."""
    layers: list[tuple[str | None, str | None]]
    """Layers that differ, of the first and of the other."""
    keys: dict[str, tuple[str | None, str | None]]
    """Other keys of the spec that differ."""


def read_side(path: Path) -> Side:
    """Read a run directory, or the folder of a repeat.

    Raises:
        UserError: it is neither, holds links that lead out of it, is not finished, or one of its
            files is not what a run or a repeat writes.
    """
    if not path.is_dir():
        raise UserError(f"{path} is not a folder; expected a run directory or that of a repeat")
    require_own_files(path)
    if is_repeat(path):
        return _read_repeat(RepeatDirectory(path))
    run = RunDirectory(path)
    if run.status == "interrupted":
        raise UserError(f"{path} is not finished", hint=f"go on with: cifarcnn resume {path}")
    if run.status != "finished":
        raise UserError(f"{path} is neither a run directory nor the folder of a repeat")
    return Side(path, "run", load_resolved(run.spec), [run], [read_summary(run.summary)], [])


def _read_repeat(directory: RepeatDirectory) -> Side:
    results = seed_results(directory, *recorded_seeds(directory))
    finished = [result.seed for result in results if result.status == "finished"]
    if not finished:
        raise UserError(f"{directory.path} is a repeat of which no seed is finished")
    runs = [directory.run(seed) for seed in finished]
    summaries = [read_summary(run.summary) for run in runs]
    if len({(summary.dataset, summary.test_images) for summary in summaries}) > 1:
        raise UserError(f"the runs in {directory.path} are not of one data set")
    others = [result.seed for result in results if result.status != "finished"]
    return Side(directory.path, "repeat", load_resolved(directory.spec), runs, summaries, others)


MOST_SIDES = 9
"""Compared at once; each is named by one digit."""


def compare_with_first(sides: Sequence[Side]) -> list[Pair]:
    """Compare each other side with the first; see `compare_pair`."""
    return [compare_pair(sides, number) for number in range(2, len(sides) + 1)]


def compare_pair(sides: Sequence[Side], other: int) -> Pair:
    """Compare side `other` (from 1 as they are numbered) with the first.

    Raises:
        UserError: predictions that a test needs are not what a run writes.
    """
    one, two = sides[0], sides[other - 1]
    test: McNemar | Welch | None = None
    no_test = mismatch = None
    if one.dataset != two.dataset:
        no_test = "they are scored on different images"
    elif one.kind != two.kind:
        no_test = "a run and a repeat have no test; repeat the run's spec too"
    elif one.kind == "repeat":
        test, no_test = _welch(one, two)
    else:
        test, no_test, mismatch = _mcnemar(one, two)
    return Pair(
        1,
        other,
        {column: _difference(one, two, column) for column in COLUMNS},
        test,
        no_test,
        mismatch,
        _layers(one.spec, two.spec),
        {
            dotted(path): (pair.left, pair.right)
            for path, pair in compare_keys(one.spec, two.spec).items()
            if not (one.kind == two.kind == "repeat" and path == ("seed",))
        },
    )


def _difference(one: Side, two: Side, column: str) -> float | None:
    left, right = one.spread(column), two.spread(column)
    return right.mean - left.mean if left and right else None


def _welch(one: Side, two: Side) -> tuple[Welch | None, str | None]:
    left, right = one.spread("test_accuracy"), two.spread("test_accuracy")
    assert left and right
    test = welch(right, left)
    if test:
        return test, None
    few = min(left.count, right.count) < 2
    return None, "each repeat needs two finished seeds" if few else "the accuracies do not vary"


def _mcnemar(one: Side, two: Side) -> tuple[McNemar | None, str | None, str | None]:
    """McNemar's test on the predictions of two runs."""
    import numpy as np

    from cifarcnn.runs.predictions import read_predictions

    for side in (one, two):
        if not side.runs[0].predictions.exists():
            return None, f"{side.path} has no predictions.npz", None
    left, right = (read_predictions(side.runs[0].predictions) for side in (one, two))
    for side, found in ((one, left), (two, right)):
        if mismatch := found.mismatch(side.summaries[0]):
            no_test = "its predictions are not those of its summary"
            return None, no_test, f"{side.path}: {mismatch}"
    if not np.array_equal(left.labels, right.labels):
        return None, "they are scored on different images", None
    only_first = int(np.sum(left.correct & ~right.correct))
    only_second = int(np.sum(right.correct & ~left.correct))
    return mcnemar(only_first, only_second), None, None


def _layers(one: Spec, two: Spec) -> list[tuple[str | None, str | None]]:
    plans = plan_network(one.model.layers), plan_network(two.model.layers)
    return [
        (str(pair.left) if pair.left else None, str(pair.right) if pair.right else None)
        for pair in compare_layers(one, plans[0], two, plans[1])
        if pair.change != "same"
    ]


@dataclass(frozen=True)
class BesideReference:
    """The validation accuracy of a side beside that of a curve, where both have an epoch."""

    side: int
    rows: list[tuple[int, float, float]]
    """Epoch, reference, side."""
    last_epochs: tuple[int, int]
    last_means: tuple[float, float]
    """The means over the last epochs that both have, of the reference and of the side."""


def beside_reference(number: int, side: Side, reference: Curve) -> BesideReference | None:
    """Lay the curve of a side beside a reference; None if they have no epoch in common."""
    ours = dict(zip(side.curve.epochs, side.curve.val_accuracy, strict=True))
    rows = [
        (epoch, value, ours[epoch])
        for epoch, value in zip(reference.epochs, reference.val_accuracy, strict=True)
        if epoch in ours
    ]
    if not rows:
        return None
    last = rows[-_LAST_EPOCHS:]
    means = tuple(sum(row[index] for row in last) / len(last) for index in (1, 2))
    return BesideReference(number, rows, (last[0][0], last[-1][0]), (means[0], means[1]))


def all_beside_reference(sides: Sequence[Side], reference: Curve) -> list[BesideReference]:
    """The sides that have an epoch in common with a reference, next to it."""
    found = (beside_reference(number, side, reference) for number, side in enumerate(sides, 1))
    return [rows for rows in found if rows]


def require_seconds(option: str, curves: Iterable[tuple[str, Curve]]) -> None:
    """Check that named curves can be drawn over seconds, which an option asks for.

    Raises:
        UserError: one does not say how long its epochs took.
    """
    for name, curve in curves:
        if not curve.seconds:
            raise UserError(f"{option}: {name} does not say how long its epochs took")
