"""The folder of a repeat: one spec, one run directory per seed, and what they give together."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from cifarcnn.errors import UserError
from cifarcnn.files.atomic import write_json
from cifarcnn.files.own_files import require_own_files
from cifarcnn.files.run_files import SPEC
from cifarcnn.language.differences import differing_keys
from cifarcnn.language.load import load_resolved
from cifarcnn.language.problems import listed
from cifarcnn.language.schema import MAX_SEED, Spec
from cifarcnn.metrics.spread import Spread, spread
from cifarcnn.runs.directory import RunDirectory, create_run_directory
from cifarcnn.runs.summary import Summary, read_summary, refused_unless_summary

_SEED_FOLDER = re.compile(r"seed-(0|[1-9][0-9]{0,9})")
_LARGEST = 16 * 1024**2
"""Bytes of `repeat.json`; a thousand seeds take half a million, and reasons of failures more."""


@dataclass(frozen=True)
class RepeatDirectory:
    """The places of a repeat's files."""

    path: Path

    @property
    def spec(self) -> Path:
        """The resolved spec that all runs share but for the seed."""
        return self.path / SPEC

    @property
    def summary(self) -> Path:
        """The results so far."""
        return self.path / "repeat.json"

    def run(self, seed: int) -> RunDirectory:
        """The run of one seed, an ordinary run directory."""
        return RunDirectory(self.path / f"seed-{seed}")

    def seeds(self) -> list[int]:
        """The seeds that have a folder, in order."""
        found = (_SEED_FOLDER.fullmatch(entry.name) for entry in self.path.iterdir())
        return sorted(int(match[1]) for match in found if match)


@dataclass(frozen=True)
class SeedResult:
    """What became of one seed; the numbers are None unless it is finished."""

    seed: int
    run: str
    """The name of its run directory."""
    status: Literal["finished", "failed", "unfinished"]
    reason: str | None = None
    """Why it failed."""
    test_accuracy: float | None = None
    test_loss: float | None = None
    epochs: int | None = None
    best_epoch: int | None = None
    best_val_accuracy: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class RepeatSummary:
    """What the runs of one spec with several seeds gave."""

    name: str
    dataset: str
    validation: str | float
    seeds: list[SeedResult]
    test_images: int | None
    test_accuracy: Spread | None
    """Over the finished seeds."""
    test_loss: Spread | None

    @property
    def failed(self) -> list[SeedResult]:
        """The seeds that failed."""
        return [result for result in self.seeds if result.status == "failed"]

    @property
    def finished(self) -> list[SeedResult]:
        """The seeds whose runs came to their end."""
        return [result for result in self.seeds if result.status == "finished"]


def is_repeat(path: Path) -> bool:
    """Whether a folder looks like that of a repeat."""
    return RepeatDirectory(path).summary.exists() and RunDirectory(path).status != "finished"


def open_repeat(spec: Spec, output: Path | None) -> RepeatDirectory:
    """The folder of a new repeat, or of an earlier one of the same spec that is to go on.

    Raises:
        UserError: `output` is something else, holds links that lead out of it, or its spec differs
            in more than the seed; names the keys.
    """
    if output is None or not output.is_dir() or not any(output.iterdir()):
        return RepeatDirectory(create_run_directory(f"{spec.name}-repeat", output).path)
    if not is_repeat(output) and not _is_beginning(output):
        raise UserError(
            f"--output {output} exists already and is not the folder of a repeat",
            hint="name a folder that does not exist yet, or no --output at all",
        )
    require_own_files(output)
    directory = RepeatDirectory(output)
    if directory.spec.exists():
        _require_same_spec(spec, directory.spec, f"{output} is a repeat of another spec")
    for seed in directory.seeds():
        file = directory.run(seed).spec
        if file.exists():
            _require_same_spec(spec, file, f"the run {file.parent} is of another spec", seed)
    return directory


def _is_beginning(folder: Path) -> bool:
    """Whether it holds no more than what a process leaves that is killed as it begins a repeat."""
    return all(e.name.startswith(".") or e.name == SPEC for e in folder.iterdir())


def _require_same_spec(spec: Spec, file: Path, problem: str, seed: int | None = None) -> None:
    other = load_resolved(file)
    keys = [key for key in differing_keys(spec, other) if key not in ("seed", "runtime.device")]
    if seed is not None and other.seed != seed:
        keys.append("seed")
    if keys:
        raise UserError(
            f"{problem}: they differ in {listed(keys, 'and')}",
            hint="undo the change, or begin a new repeat in another folder",
        )


def seed_result(run: RunDirectory, seed: int, failures: dict[int, str]) -> SeedResult:
    """What became of a seed; `failures` are the reasons of those that failed when last run."""
    name = run.path.name
    if seed in failures:
        return SeedResult(seed, name, "failed", failures[seed])
    if run.status != "finished":
        return SeedResult(seed, name, "unfinished")
    try:
        summary = read_summary(run.summary)
        if summary.seed != seed:
            raise UserError(f"{run.summary} is of seed {summary.seed}")
    except UserError as error:
        return SeedResult(seed, name, "failed", error.message)
    return _finished(seed, name, summary)


def _finished(seed: int, name: str, summary: Summary) -> SeedResult:
    best = summary.best_epoch
    return SeedResult(
        seed,
        name,
        "finished",
        test_accuracy=summary.test_accuracy,
        test_loss=summary.test_loss,
        epochs=summary.epochs,
        best_epoch=best.epoch if best else None,
        best_val_accuracy=best.val_accuracy if best else None,
        seconds=summary.seconds,
    )


def seed_results(
    directory: RepeatDirectory, seeds: Sequence[int], failures: dict[int, str]
) -> list[SeedResult]:
    """What became of `seeds`, and of all others that have a folder, in order."""
    wanted = sorted({*seeds, *directory.seeds()})
    return [seed_result(directory.run(seed), seed, failures) for seed in wanted]


def summarize(
    directory: RepeatDirectory,
    spec: Spec,
    seeds: Sequence[int] = (),
    failures: dict[int, str] | None = None,
) -> RepeatSummary:
    """Read what all runs gave: those of `seeds`, and all others that the folder holds."""
    results = seed_results(directory, seeds, failures or {})
    finished = [result for result in results if result.status == "finished"]
    images = read_summary(directory.run(finished[0].seed).summary) if finished else None
    return RepeatSummary(
        name=spec.name,
        dataset=spec.data.dataset,
        validation=spec.data.validation,
        seeds=results,
        test_images=images.test_images if images else None,
        test_accuracy=_spread([result.test_accuracy for result in finished]),
        test_loss=_spread([result.test_loss for result in finished]),
    )


def _spread(values: Sequence[float | None]) -> Spread | None:
    numbers = [value for value in values if value is not None]
    return spread(numbers) if numbers else None


def repeat_data(summary: RepeatSummary) -> dict[str, Any]:
    """The summary as JSON holds it."""
    return asdict(summary)


def write_repeat(directory: RepeatDirectory, summary: RepeatSummary) -> None:
    """Write `repeat.json`."""
    write_json(directory.summary, repeat_data(summary))


def recorded_seeds(directory: RepeatDirectory) -> tuple[list[int], dict[int, str]]:
    """The seeds that `repeat.json` names, and why those failed that have no result since then.

    A seed that has not begun, or that failed at once, has no folder: nothing else tells of it. Both
    are empty without that file.

    Raises:
        UserError: it is not what `write_repeat` writes.
    """
    if not directory.summary.exists():
        return [], {}
    results = _read_summary(directory.summary).seeds
    failures = {
        result.seed: result.reason
        for result in results
        if result.status == "failed" and result.reason is not None
        # `cifarcnn resume` may have finished it, which does not know of the repeat.
        if directory.run(result.seed).status != "finished"
    }
    return [result.seed for result in results], failures


def _read_summary(path: Path) -> RepeatSummary:
    with refused_unless_summary(path, "a repeat"):
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST:,} bytes")
        # A path in a reason may hold a byte that is not UTF-8, which pydantic takes for no text.
        text = json.dumps(json.loads(content), ensure_ascii=False).encode(errors="replace")
        # It may come from a stranger, and its seeds become names of folders.
        summary = TypeAdapter(RepeatSummary).validate_json(text)
        if not all(0 <= result.seed <= MAX_SEED for result in summary.seeds):
            raise ValueError(f"seeds: expected 0 to {MAX_SEED:,}")
        return summary
