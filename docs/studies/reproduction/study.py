"""Train every run of the reproduction study, several at a time; what is finished is left alone.

    python -m docs.studies.reproduction.study RUNS [--workers 2]

A run that was interrupted goes on where it stopped, so the study can be stopped at any time and
started again. ../reproduction.md says what the runs are for.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

CONFIGS = (
    "basic",
    "two_conv",
    "two_conv_early_stopping",
    "deeper_5x5",
    "deeper_3x3",
    "deeper_3x3_plateau",
    "deeper_3x3_dense",
)
"""The notebook's seven experiments, in its order."""

STOP_EARLY = ("two_conv_early_stopping", "deeper_5x5", "deeper_3x3")
FIRST_SEED, MORE_SEEDS = 7, (8, 9)
EPOCHS = 40
PRINTED_EPOCHS = 11
"""How many epochs of each training the notebook's printed logs hold."""

AS_SHIPPED, HELD_OUT, WITHOUT_STOPPING = "notebook", "held_out", "without_stopping"
OPTIONS: dict[str, tuple[str, ...]] = {
    AS_SHIPPED: (),
    HELD_OUT: ("--set", "data.validation=0.1"),
    WITHOUT_STOPPING: ("--set", "training.callbacks=[]"),
}
"""The three groups of runs, and how each differs from the shipped configs."""


@dataclass(frozen=True)
class StudyRun:
    """One training of a config, and how many epochs it may have."""

    group: str
    config: str
    seed: int
    epochs: int = EPOCHS

    @property
    def folder(self) -> str:
        """The run directory, below that of the study."""
        return f"{self.group}/{self.config}-seed{self.seed}"

    def train(self, directory: Path) -> list[str]:
        """The command that begins it."""
        return [
            *("cifarcnn", "train", self.config, "--seed", str(self.seed)),
            *("--epochs", str(self.epochs), *OPTIONS[self.group]),
            # One thread each: two trainings side by side are faster than one on two cores.
            *("--set", "runtime.threads=1", "--output", str(directory), "--quiet"),
        ]


def study_runs() -> Iterator[StudyRun]:
    """All runs, those first that the others are compared with.

    Without its callback two_conv_early_stopping is two_conv, so it has no further seeds. A config
    that never stops early has more seeds as it is shipped, first as far as the notebook's logs go.
    """
    for group in (AS_SHIPPED, HELD_OUT):
        for config in CONFIGS:
            yield StudyRun(group, config, FIRST_SEED)
    for config in STOP_EARLY[1:]:
        yield StudyRun(WITHOUT_STOPPING, config, FIRST_SEED, PRINTED_EPOCHS)
    for seed in MORE_SEEDS:
        for config in CONFIGS[:2] + CONFIGS[3:]:
            group = WITHOUT_STOPPING if config in STOP_EARLY else AS_SHIPPED
            yield StudyRun(group, config, seed, PRINTED_EPOCHS)
    for seed in MORE_SEEDS:
        for config in CONFIGS:
            yield StudyRun(AS_SHIPPED, config, seed)


def what_is_left(run: StudyRun, directory: Path) -> list[str] | None:
    """The command that trains a run, or what is left of it; None if it is finished."""
    if not (directory / "state").exists():
        return run.train(directory)
    resume = ["cifarcnn", "resume", str(directory), "--quiet"]
    if not (directory / "summary.json").exists():
        return resume
    summary = json.loads((directory / "summary.json").read_text())
    if summary["stopped"] or summary["epochs"] >= run.epochs:
        return None
    return [*resume, "--epochs", str(run.epochs)]


def finish(run: StudyRun, root: Path) -> bool:
    """Train a run to its end."""
    directory = root / run.folder
    while command := what_is_left(run, directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        print(" ".join(command), flush=True)
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode != 0:
            return False
    return True


def main() -> int:
    """Train them all; the exit code is 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", type=Path, help="the folder of the study's run directories")
    parser.add_argument("--workers", type=int, default=2, help="trainings at a time")
    arguments = parser.parse_args()
    with ThreadPoolExecutor(arguments.workers) as pool:
        finished = list(pool.map(lambda run: finish(run, arguments.runs), study_runs()))
    return 0 if all(finished) else 1


if __name__ == "__main__":
    sys.exit(main())
