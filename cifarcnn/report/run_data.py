"""All that a report tells of a run, read from its directory, which may come from a stranger."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cifarcnn.errors import UserError
from cifarcnn.files.own_files import require_own_files
from cifarcnn.language.load import load_resolved
from cifarcnn.language.plan.network_plan import Plan, plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.metrics.figures import Figures, judge
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.learning_curve import Curve, read_curve_and_column
from cifarcnn.runs.record import Record, read_record
from cifarcnn.runs.summary import Summary, read_summary


@dataclass(frozen=True, eq=False)
class RunData:
    """What a run directory holds; None or empty is what is not there, or not usable."""

    run: RunDirectory
    spec: Spec
    plan: Plan
    summary: Summary | None
    """None: the run is not finished."""
    curve: Curve | None = None
    rates: list[float] = field(default_factory=list)
    """The learning rate of each epoch of the curve, or nothing."""
    figures: Figures | None = None
    record: Record = field(default_factory=Record)
    problems: dict[str, str] = field(default_factory=dict)
    """By the name of the file, why a part is missing."""

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return self.summary is not None


def read_material(path: Path, warn: Callable[[str], None] = lambda text: None) -> RunData:
    """Read a run directory, finished or not.

    The spec and the summary must be right; `warn` hears what is wrong with any other file, and
    the report then goes without it.

    Raises:
        UserError: it is no run directory, holds links that lead out of it, or its spec or summary
            is not what a run writes.
    """
    if not path.is_dir():
        raise UserError(f"{path} is not a folder; expected a run directory or that of a repeat")
    require_own_files(path)
    run = RunDirectory(path)
    if not run.spec.exists():
        raise UserError(f"{path} is neither a run directory nor the folder of a repeat")
    spec = load_resolved(run.spec)
    summary = read_summary(run.summary) if run.status == "finished" else None
    problems: dict[str, str] = {}

    def optional(file: Path, read: Callable[[], Any]) -> Any:
        """What a file holds, or None."""
        if not file.exists():
            problems[file.name] = f"{file.name} is not there"
            return None
        try:
            return read()
        except UserError as error:
            problems[file.name] = error.message
            warn(error.message)
            return None

    def history() -> tuple[Curve, list[float]]:
        return read_curve_and_column(run.history, "learning_rate")

    curve, rates = optional(run.history, history) or (None, [])
    return RunData(
        run,
        spec,
        plan_network(spec.model.layers),
        summary,
        curve=curve,
        rates=rates,
        figures=optional(run.predictions, lambda: _figures(run, spec, summary)),
        record=optional(run.record, lambda: read_record(run.record)) or Record(),
        problems=problems,
    )


def _figures(run: RunDirectory, spec: Spec, summary: Summary | None) -> Figures:
    from cifarcnn.runs.predictions import read_predictions

    predictions = read_predictions(run.predictions)
    if summary is None:
        raise UserError(f"{run.predictions} is there, but no {run.summary.name} that it belongs to")
    if mismatch := predictions.mismatch(summary):
        raise UserError(f"{run.path}: {mismatch}")
    return judge(
        predictions.logits,
        predictions.labels,
        spec.data.facts.class_names,
        kind="logits",
        dataset=spec.data.dataset,
        split="test",
    )
