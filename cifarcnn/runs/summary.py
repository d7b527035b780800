"""The results of a run: `summary.json`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cifarcnn.errors import UserError
from cifarcnn.files.atomic import write_json
from cifarcnn.language.marks import dotted
from cifarcnn.runs.history import EpochRow
from cifarcnn.runtime.backends import BackendName


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
    events: list[dict[str, str | int]]
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
    backend: BackendName | None = None
    """None in the file of an earlier version."""


_LARGEST = 64 * 1024**2
"""Bytes of a summary; each of a million epochs may have an event."""

_MOST_IMAGES = 10**9
"""Test images; of more, which only a forged summary counts, no interval can be computed."""

_TOO_LARGE = 1e100
"""Of any number in a summary."""


def read_summary(path: Path) -> Summary:
    """Read `summary.json` back.

    Raises:
        UserError: it is missing or not what `write_summary` writes.
    """
    with refused_unless_summary(path, "a run"):
        with path.open("rb") as file:
            data = json.loads(file.read(_LARGEST))
        # It may come from a stranger, and what is printed later must have the types that it says.
        summary = TypeAdapter(Summary).validate_python(data)
        json.dumps(asdict(summary), allow_nan=False)
        _require_plausible(summary)
        return summary


@contextmanager
def refused_unless_summary(path: Path, of: str) -> Iterator[None]:
    """Inside it a summary of something is read; whatever shows that it is none becomes one line.

    Raises:
        UserError: names the first key that is wrong, or the reason.
    """
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = f"{dotted(first['loc']) or 'its content'}: {first['msg']}"
        raise UserError(f"{path} is not the summary of {of}: {reason}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is not the summary of {of}: {error}") from error


def _require_plausible(summary: Summary) -> None:
    """Refuse numbers that no run gives, and with which nothing can be computed.

    Raises:
        ValueError: names the key.
    """
    if not 0 <= summary.test_accuracy <= 1:
        raise ValueError(f"test_accuracy: expected 0 to 1, received {summary.test_accuracy}")
    if summary.test_images < 1:
        raise ValueError("test_images: expected at least 1")
    if summary.test_images > _MOST_IMAGES:
        raise ValueError(f"test_images: expected at most {_MOST_IMAGES:,}")
    numbers = {**asdict(summary), **asdict(summary.best_epoch or summary.last_epoch)}
    for name, value in numbers.items():
        if isinstance(value, int | float) and not abs(value) < _TOO_LARGE:
            raise ValueError(f"{name} is too large")


def summary_data(summary: Summary) -> dict[str, Any]:
    """The summary as JSON holds it."""
    return asdict(summary)


def write_summary(path: Path, summary: Summary) -> None:
    """Write `summary.json`."""
    write_json(path, summary_data(summary))
