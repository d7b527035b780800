"""`cifarcnn.repeat`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cifarcnn.api.arguments import (
    Files,
    PathLike,
    Settings,
    SpecLike,
    as_optional_path,
    overrides_of,
    run_code,
    source_of,
)
from cifarcnn.api.calls import with_errors
from cifarcnn.api.run import Run
from cifarcnn.api.tables import facts_html, facts_text, table_html, table_text
from cifarcnn.api.warn import warn_of, warn_user
from cifarcnn.display.repeat_progress import RepeatLines, in_one_line
from cifarcnn.errors import UserError
from cifarcnn.language.dataset_facts import scored_on
from cifarcnn.language.load import load_spec
from cifarcnn.language.schema import MAX_SEED, Spec
from cifarcnn.language.short_forms import SHORT_FORMS, variable_of
from cifarcnn.metrics.spread import Spread
from cifarcnn.runs.repeat import RepeatSummary, SeedResult
from cifarcnn.training import repeat as training

_CHILD_MODULE = "cifarcnn.cli.child"
"""What trains a seed: a command, in a process of its own."""
_MOST_SEEDS = 1000
_HEADINGS = ("seed", "test accuracy", "test loss", "best epoch", "seconds")


@dataclass(frozen=True, eq=False, repr=False)
class Repeat:
    """One spec, trained once for each of several seeds."""

    path: Path
    """The folder, with a run directory for each seed."""
    spec: Spec
    summary: RepeatSummary
    """All figures of `repeat.json`."""

    @property
    def finished(self) -> list[SeedResult]:
        """What the seeds gave that came to their end."""
        return self.summary.finished

    @property
    def failed(self) -> list[SeedResult]:
        """The seeds that failed; `reason` says why."""
        return self.summary.failed

    @property
    def test_accuracy(self) -> Spread | None:
        """Mean, standard deviation and 95 % interval of the mean, over the finished seeds."""
        return self.summary.test_accuracy

    @property
    def test_loss(self) -> Spread | None:
        """The same of the test loss."""
        return self.summary.test_loss

    @cached_property
    def runs(self) -> list[Run]:
        """The finished runs."""
        return [Run.open(self.path / result.run) for result in self.finished]

    def __repr__(self) -> str:
        return f"{facts_text(self._title, self._facts())}\n{table_text(_HEADINGS, self._rows())}"

    def _repr_html_(self) -> str:
        return facts_html(self._title, self._facts(), table_html(_HEADINGS, self._rows()))

    @property
    def _title(self) -> str:
        return f"Repeat of {self.spec.name}, {len(self.finished)} seeds"

    def _facts(self) -> list[tuple[str, str]]:
        facts = []
        if accuracy := self.test_accuracy:
            on = scored_on(self.summary.dataset, self.summary.test_images or 0)
            facts.append(("mean accuracy", f"{accuracy.mean:.4f} ({on})"))
            if accuracy.deviation is not None:
                facts += [
                    ("standard deviation", f"{accuracy.deviation:.4f} of one seed"),
                    ("95 % interval", f"{accuracy.low:.4f} to {accuracy.high:.4f} of the mean"),
                ]
        facts += [
            (f"seed {result.seed}", f"failed: {in_one_line(result.reason)}")
            for result in self.failed
        ]
        return [*facts, ("folder", str(self.path))]

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                str(result.seed),
                f"{result.test_accuracy:.4f}",
                f"{result.test_loss:.4f}",
                f"{result.best_epoch} of {result.epochs}",
                f"{result.seconds:,.1f}",
            )
            for result in self.finished
        ]


def repeat(
    spec: SpecLike,
    seeds: int | Iterable[int] = 5,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    deterministic: bool | None = None,
    device: str | None = None,
    backend: str | None = None,
    set: Settings = None,
    output: PathLike | None = None,
    data_dir: PathLike | None = None,
    code: Files = (),
    progress: bool = False,
) -> Repeat:
    """Train a spec once for each of several seeds, as `cifarcnn repeat` does.

    Each run is of a process of its own. Called again on the same folder, it runs only what is
    missing. A seed that fails is a warning, and stands in `failed` of the result.

    Args:
        spec: The name of a shipped config, the path of a YAML file, or a spec.
        seeds: How many, counted up from the seed of the spec; or the seeds themselves.
        epochs: Train at most this many epochs.
        batch_size: Images per training step.
        deterministic: Use only operations that give the same bits every time.
        device: `auto`, `cpu`, `gpu`, `gpu:1` or `gpu:0,1`.
        backend: The engine under Keras: `tensorflow` or `jax`.
        set: Any other values by their path, such as `{"training.optimizer.adam.beta_1": 0.8}`.
        output: The folder; that of an earlier repeat is continued. By default
            `runs/<name>-repeat-<timestamp>`.
        data_dir: Where CIFAR-10 is, if it is not in one of the usual places.
        code: Python files that register layers, callbacks or others; each runs once in a process.
        progress: Show what the command shows, on standard error.

    Raises:
        UserError: the spec, an argument or the folder cannot be used.
        Interrupted: Ctrl-C; the repeat can be continued.
    """
    with with_errors():
        run_code(code)
        overrides = overrides_of(
            set,
            epochs=epochs,
            batch_size=batch_size,
            deterministic=deterministic,
            device=device,
            backend=backend,
        )
        checked = load_spec(source_of(spec), overrides, warn_of)
        directory, summary = training.repeat(
            checked,
            _seeds(seeds, checked.seed),
            RepeatLines(quiet=False) if progress else _Silent(),
            child_module=_CHILD_MODULE,
            output=as_optional_path(output),
            data_dir=as_optional_path(data_dir),
            quiet=not progress,
            hidden_variables=[variable_of(name) for name in SHORT_FORMS],
        )
        return Repeat(directory.path, checked, summary)


def _seeds(seeds: int | Iterable[int], first: int) -> Sequence[int]:
    """Several seeds from the first on, or those that are listed.

    Raises:
        UserError: there are none or too many, one is not a seed, or occurs twice.
    """
    listed = range(first, first + seeds) if isinstance(seeds, int) else list(seeds)
    if not 1 <= len(listed) <= _MOST_SEEDS:
        raise UserError(f"seeds={seeds!r}: expected 1 to {_MOST_SEEDS:,} seeds")
    if not all(isinstance(seed, int) and 0 <= seed <= MAX_SEED for seed in listed):
        raise UserError(f"seeds={seeds!r}: expected whole numbers from 0 to {MAX_SEED:,}")
    if len(frozenset(listed)) < len(listed):
        raise UserError(f"seeds={seeds!r}: a seed occurs twice")
    return listed


class _Silent:
    """Warns of seeds that fail, and of nothing else."""

    def seed_begins(self, seed: int, number: int, count: int, resumed: bool) -> None:
        """Nothing."""

    def seed_ended(self, result: SeedResult) -> None:
        """A warning if it failed."""
        if result.status == "failed":
            warn_user(f"seed {result.seed} failed: {in_one_line(result.reason)}")
