"""Run directories as a training leaves them, made without a framework."""

import json
from pathlib import Path

import numpy as np

from cifarcnn.language.load import load_resolved, parse_spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.runs.history import EpochRow, History
from cifarcnn.runs.repeat import RepeatDirectory, summarize, write_repeat
from cifarcnn.runs.summary import Summary, write_summary
from tests.support.specs import TINY

IMAGES = 200
LABELS = np.arange(IMAGES, dtype=np.uint8) % 10


def logits_with(correct: "np.ndarray") -> "np.ndarray":
    """Logits (N, 10) whose largest is the label where `correct`, else the class after it."""
    answers = np.where(correct, LABELS, (LABELS + 1) % 10)
    return np.eye(10, dtype=np.float32)[answers] * 3


def first_correct(count: int) -> "np.ndarray":
    """The first `count` images are recognized."""
    return np.arange(IMAGES) < count


def write_run(
    path: Path,
    *,
    text: str = TINY,
    seed: int = 3,
    correct: "np.ndarray | None" = None,
    epochs: int = 3,
) -> Path:
    """Write a finished run; `correct` says which test images it recognizes (default 120)."""
    correct = first_correct(120) if correct is None else correct
    spec = parse_spec(text.replace("seed: 3", f"seed: {seed}"), "tiny.yaml")
    path.mkdir(parents=True)
    (path / "spec.yaml").write_text(spec_to_yaml(spec))
    rows = [
        EpochRow(n, 2 / n, 1 - 1 / (n + 1), 2.5 / n, 1 - 1 / (n + seed / 10 + 0.5), 0.001, 1.5)
        for n in range(1, epochs + 1)
    ]
    history = History(path / "history.csv", rows)
    history.write()
    np.savez_compressed(path / "predictions.npz", logits=logits_with(correct), labels=LABELS)
    accuracy = float(correct.mean())
    summary = Summary(
        spec.name, spec.data.dataset, spec.data.validation, seed, "CPU", 1000, 0.5, epochs, None,
        [], rows[-1], rows[-1], epochs, 2 - accuracy, accuracy, IMAGES, 4.5, "checkpoint.h5",
        "0" * 64,
    )  # fmt: skip
    (path / "checkpoint.h5").write_bytes(b"of no interest here")
    write_summary(path / "summary.json", summary)
    return path


def change(run: Path, **values: object) -> None:
    """Set values of the summary."""
    data = json.loads((run / "summary.json").read_text())
    (run / "summary.json").write_text(json.dumps(data | values))


def write_repeat_of(folder: Path, counts: list[int]) -> Path:
    """A repeat with a seed for each of these numbers of recognized images."""
    for seed, count in enumerate(counts, start=3):
        write_run(folder / f"seed-{seed}", seed=seed, correct=first_correct(count))
    (folder / "spec.yaml").write_text((folder / "seed-3" / "spec.yaml").read_text())
    directory = RepeatDirectory(folder)
    write_repeat(directory, summarize(directory, load_resolved(directory.spec)))
    return folder
