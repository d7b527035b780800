"""The results of a run: `summary.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cifarcnn.errors import UserError
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


def read_summary(path: Path) -> Summary:
    """Read `summary.json` back.

    Raises:
        UserError: it is missing or not what `write_summary` writes.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rows = {
            name: EpochRow(**data[name]) if data[name] else None
            for name in ("best_epoch", "last_epoch")
        }
        return Summary(**data | rows)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path} is not the summary of a run: {error}") from error


def summary_data(summary: Summary) -> dict[str, Any]:
    """The summary as JSON holds it."""
    return asdict(summary)


def write_summary(path: Path, summary: Summary) -> None:
    """Write `summary.json`."""
    write_json(path, summary_data(summary))
