"""The results of a run: `summary.json`."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cifarcnn.runs.files import write_json
from cifarcnn.runs.history import EpochRow


@dataclass(frozen=True)
class Summary:
    """What a run gave. Accuracies are shares from 0 to 1; losses are in nats."""

    name: str
    dataset: str
    validation: str | float
    seed: int
    device: str
    parameters: int
    mflop: float
    """Million floating-point operations of one forward pass over one image."""
    epochs: int
    """Epochs trained."""
    stopped: str | None
    """Why training ended before the last epoch of the spec, if it did."""
    events: list[dict[str, Any]]
    """What callbacks did, by epoch."""
    best_epoch: EpochRow | None
    """The epoch with the highest validation accuracy."""
    last_epoch: EpochRow
    weights_of_epoch: int
    """The epoch whose weights the checkpoint holds and the test scores."""
    test_loss: float
    test_accuracy: float
    test_images: int
    seconds: float
    """Of the training, with compilation and validation."""
    checkpoint: str
    digest: str
    """SHA-256 of the weights."""


def summary_data(summary: Summary) -> dict[str, Any]:
    """The summary as JSON holds it."""
    return asdict(summary)


def write_summary(path: Path, summary: Summary) -> None:
    """Write `summary.json`."""
    write_json(path, summary_data(summary))
