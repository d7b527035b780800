"""What the rounds of a benchmark say: figures with their spread, and ratios between programs."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

OURS = "cifarcnn"


@dataclass(frozen=True)
class Figure:
    """One quantity, measured once in every round."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle value, or the mean of the two in the middle."""
        return statistics.median(self.values)

    @property
    def deviation(self) -> float | None:
        """The standard deviation of one round (with n - 1); None for one round."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "median": self.median,
            "min": min(self.values),
            "max": max(self.values),
            "deviation": self.deviation,
            "values": list(self.values),
        }

    def over(self, other: "Figure") -> "Figure":
        """The ratio of each round, by which a machine that changes its speed slowly drops out."""
        return Figure(tuple(a / b for a, b in zip(self.values, other.values, strict=True)))


STARTS = ("process", "import", "data", "build", "first_step")
"""What a program does until its first step is over, in the order in which it is shown."""


class MatrixProduct(BaseModel):
    """How fast a program multiplies two square matrices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    """Rows and columns."""
    dtype: str
    flop_per_second: list[float] = Field(min_length=1)
    """Just before and just after the timed epoch."""


class Measurement(BaseModel):
    """What a program prints at its end: one JSON object, of what it has measured.

    What has a default is printed by our own program alone, or by the scripts of the peers alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    program: str
    network: str | None = None
    """What a script calls its network."""
    began: float
    """When its first line ran, in seconds since 1970."""
    import_seconds: float
    data_seconds: float
    build_seconds: float
    first_step_seconds: float
    images: int
    """Training images of an epoch."""
    steps: int
    """Of an epoch."""
    epoch_seconds: list[float] = Field(min_length=1)
    """Of each epoch; the last one is the timed one."""
    step_seconds: float | None = None
    """The median step of the timed epoch, where each was timed."""
    losses: list[float] | None = None
    """Of each epoch."""
    peak_memory_bytes: int
    parameters: int
    matrix_product: MatrixProduct | None = None
    device: str
    """CPU, or what the program calls its GPU."""
    warnings: list[str] = []
    versions: dict[str, str | int]
    """Of the packages; a script also says its number of threads."""
    backend: str | None = None
    switches: dict[str, str] = {}
    """Environment variables that our own program has set."""
    data: dict[str, Any] | None = None
    """What the record of the run says of its data."""
    environment: dict[str, str] = {}
    """Variables of the user's that a script obeys."""


@dataclass(frozen=True)
class Round:
    """One program in one round; `data` is what its process printed."""

    started: float
    """When its process was started, in seconds since 1970."""
    load_average: float
    """Processes that wanted to run, over the minute before."""
    data: Measurement

    @property
    def images_per_second(self) -> float:
        """In the timed epoch, which is the last one."""
        return self.data.images / self.data.epoch_seconds[-1]

    @property
    def step_seconds(self) -> float:
        """The median step of the timed epoch where each was timed, else the mean."""
        median = self.data.step_seconds
        return self.data.epoch_seconds[-1] / self.data.steps if median is None else median

    def start_seconds(self, part: str) -> float:
        """One part of the start."""
        if part == "process":
            return self.data.began - self.started
        return float(getattr(self.data, f"{part}_seconds"))

    @property
    def time_to_first_step(self) -> float:
        """From the start of the process to the end of its first step, in seconds."""
        return sum(self.start_seconds(part) for part in STARTS)

    @property
    def matrix_product_rate(self) -> float | None:
        """FLOP/s, the mean of before and after the timed epoch; None where none was measured."""
        product = self.data.matrix_product
        return statistics.fmean(product.flop_per_second) if product else None

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        printed = self.data.model_dump(exclude_unset=True)
        return {"started": self.started, "load_average": self.load_average, **printed}


@dataclass(frozen=True)
class ProgramResult:
    """One program over all rounds."""

    program: str
    rounds: tuple[Round, ...]
    mflop: float
    """Of one training step, for one image."""

    @property
    def images_per_second(self) -> Figure:
        """In the timed epochs."""
        return self._figure([one.images_per_second for one in self.rounds])

    @property
    def step_seconds(self) -> Figure:
        """Of one batch."""
        return self._figure([one.step_seconds for one in self.rounds])

    @property
    def time_to_first_step(self) -> Figure:
        """In seconds."""
        return self._figure([one.time_to_first_step for one in self.rounds])

    @property
    def peak_memory(self) -> Figure:
        """In bytes."""
        return self._figure([one.data.peak_memory_bytes for one in self.rounds])

    @property
    def flop_per_second(self) -> Figure:
        """What the training reaches, counting convolutions and dense layers."""
        return self._figure([one.images_per_second * self.mflop * 1e6 for one in self.rounds])

    @property
    def matrix_product_rate(self) -> Figure | None:
        """FLOP/s of a large matrix product in the same processes."""
        rates = [one.matrix_product_rate for one in self.rounds]
        return self._figure([rate for rate in rates if rate]) if all(rates) else None

    @property
    def share(self) -> Figure | None:
        """The FLOP/s of each round's training over those of its matrix product."""
        rate = self.matrix_product_rate
        return self.flop_per_second.over(rate) if rate else None

    def start_seconds(self, part: str) -> Figure:
        """One part of the start."""
        return self._figure([one.start_seconds(part) for one in self.rounds])

    def _figure(self, values: Sequence[float]) -> Figure:
        return Figure(tuple(values))

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        rate, share = self.matrix_product_rate, self.share
        return {
            "images_per_second": self.images_per_second.as_data(),
            "step_seconds": self.step_seconds.as_data(),
            "time_to_first_step": self.time_to_first_step.as_data(),
            "start_seconds": {part: self.start_seconds(part).as_data() for part in STARTS},
            "peak_memory_bytes": self.peak_memory.as_data(),
            "flop_per_second": self.flop_per_second.as_data(),
            "matrix_product_flop_per_second": rate.as_data() if rate else None,
            "share_of_matrix_product": share.as_data() if share else None,
            "rounds": [one.as_data() for one in self.rounds],
        }


@dataclass(frozen=True)
class Ratios:
    """Our training over a peer's, round by round."""

    peer: str
    images_per_second: Figure
    """Above 1 is faster."""
    time_to_first_step: Figure
    peak_memory: Figure
    """Below 1 is less."""

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "images_per_second": self.images_per_second.as_data(),
            "time_to_first_step": self.time_to_first_step.as_data(),
            "peak_memory_bytes": self.peak_memory.as_data(),
        }


def ratios(ours: ProgramResult, peer: ProgramResult) -> Ratios:
    """Compare the rounds of two programs, each with its counterpart."""
    return Ratios(
        peer.program,
        ours.images_per_second.over(peer.images_per_second),
        ours.time_to_first_step.over(peer.time_to_first_step),
        ours.peak_memory.over(peer.peak_memory),
    )
