"""One round of `cifarcnn benchmark`: a training as `cifarcnn train` does it, in a fresh process.

`python -m cifarcnn.benchmark.child SPEC RUN` trains the first epoch of a spec to warm up and times
the second, then ends. It prints one JSON object; what goes wrong is on standard error.
"""

import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cifarcnn.benchmark.child_options import run_child
from cifarcnn.benchmark.matmul import SIZE_ON_CPU, SIZE_ON_GPU, matrix_product_rate
from cifarcnn.benchmark.peak_memory import peak_memory_bytes
from cifarcnn.errors import CifarcnnError

if TYPE_CHECKING:
    from cifarcnn.benchmark.measurements import Measurement
    from cifarcnn.runs.history import EpochRow
    from cifarcnn.training.progress import Header

TIMED_EPOCH = 2


class TimedEpochIsOver(Exception):  # noqa: N818 - an event, not an error
    """Raised out of the training, which has more epochs to go."""


@dataclass
class Clock:
    """Listens to a training (`cifarcnn.training.progress.Progress`) and notes when what happens.

    The timed part of an epoch is from its start, before its images are put in order and augmented,
    to the end of its last step; validation and what is written between epochs are outside.
    """

    record: Path
    """The record of the run, which says what it runs on."""
    dtype: str
    """In which layers compute, and matrices are multiplied."""
    times: dict[str, float] = field(default_factory=dict)
    epoch_seconds: list[float] = field(default_factory=list)
    steps: list[tuple[float, int]] = field(default_factory=list)
    """Of the timed epoch: when images were done, and how many."""
    rates: list[float] = field(default_factory=list)
    """Of matrix products just before and just after the timed epoch, in FLOP/s."""
    warnings: list[str] = field(default_factory=list)
    images: int = 0
    memory: int = 0
    """The peak before matrices are multiplied, which takes memory too."""
    _epoch: int = 0
    _epoch_started: float = 0.0

    def waiting(self, text: str) -> None:
        """The framework is imported next; or it is there, and what lacks of the data is read."""
        self.times["import" if "begin" in self.times else "begin"] = time.time()

    def started(self, header: "Header") -> None:
        """The data is there, the network is built next."""
        self.times["data"] = time.time()
        self.images = header.images

    def epoch_started(self, epoch: int) -> None:
        """Ready for the first step of an epoch."""
        self.times.setdefault("build", time.time())
        self._epoch = epoch
        if epoch == TIMED_EPOCH:
            self.memory = peak_memory_bytes()
            self._measure_matrix_product()
        self._epoch_started = time.perf_counter()

    def images_done(self, images: int) -> None:
        """One step is over, or several."""
        if self._epoch == TIMED_EPOCH:
            self.steps.append((time.perf_counter(), images))
        elif "first step" not in self.times:
            self.times["first step"] = time.time()

    def validating(self) -> None:
        """The last step of an epoch is over."""
        self.epoch_seconds.append(time.perf_counter() - self._epoch_started)
        if self._epoch == TIMED_EPOCH:
            self._measure_matrix_product()

    def epoch_ended(self, row: "EpochRow", best: bool, events: list[str]) -> None:
        """An epoch is over, with validation, callbacks and state."""
        if self._epoch == TIMED_EPOCH:
            raise TimedEpochIsOver

    def warning(self, text: str) -> None:
        """Keep it for the end."""
        self.warnings.append(text)

    def closed(self) -> None:
        """Nothing is shown, so nothing is to be closed."""

    def step_seconds(self, batch_size: int) -> float:
        """The median time from one report of images to the next, for one batch."""
        per_image = [
            (later - earlier) / (after - before)
            for (earlier, before), (later, after) in zip(self.steps, self.steps[1:], strict=False)
        ]
        if not per_image:  # all of the epoch's images were reported at once
            return batch_size * self.epoch_seconds[-1] / self.steps[-1][1]
        return batch_size * statistics.median(per_image)

    def device(self) -> str:
        """What the run says it uses."""
        return str(json.loads(self.record.read_text(encoding="utf-8"))["device"]["used"])

    def matrix_size(self) -> int:
        """Rows and columns of the matrices that are multiplied on this device."""
        return SIZE_ON_CPU if self.device() == "CPU" else SIZE_ON_GPU

    def _measure_matrix_product(self) -> None:
        self.rates.append(matrix_product_rate(self.matrix_size(), self.dtype))


def measure(spec_file: Path, run: Path, data_dir: Path | None, began: float) -> "Measurement":
    """Train until the timed epoch is over; what was measured.

    Raises:
        CifarcnnError: the training fails, or a callback ends it before.
    """
    from cifarcnn.benchmark.measurements import MatrixProduct, Measurement
    from cifarcnn.language.load import load_resolved
    from cifarcnn.language.plan.network_plan import plan_network
    from cifarcnn.runs.directory import RunDirectory
    from cifarcnn.training.train import train

    directory = RunDirectory(run)
    spec = load_resolved(spec_file)
    clock = Clock(directory.record, spec.runtime.precision.removeprefix("mixed_"))
    try:
        _, summary = train(spec, clock, output=run, data_dir=data_dir)
    except TimedEpochIsOver:
        pass
    else:
        raise CifarcnnError(
            f"{spec.name}: the training ended after epoch {summary.epochs} ({summary.stopped}), "
            "before the epoch that is timed",
            hint="leave its callbacks out: --set 'training.callbacks=[]'",
        )
    record = json.loads(directory.record.read_text(encoding="utf-8"))
    times = clock.times
    batch_size = spec.training.batch_size
    return Measurement(
        program="cifarcnn",
        began=began,
        import_seconds=times["import"] - began,
        data_seconds=times["data"] - times["import"],
        build_seconds=times["build"] - times["data"],
        first_step_seconds=times["first step"] - times["build"],
        images=clock.images,
        steps=-(-clock.images // batch_size),
        epoch_seconds=clock.epoch_seconds,
        step_seconds=clock.step_seconds(batch_size),
        peak_memory_bytes=clock.memory,
        parameters=plan_network(spec.model.layers).parameters.total,
        matrix_product=MatrixProduct(
            size=clock.matrix_size(), dtype=clock.dtype, flop_per_second=clock.rates
        ),
        device=clock.device(),
        warnings=clock.warnings,
        **{name: record[name] for name in ("versions", "backend", "switches", "data")},
    )


def main() -> None:
    """Measure one round."""
    began = time.time()

    def show(spec: Path, run: Path, data_dir: Path | None) -> None:
        measured = measure(spec, run, data_dir, began)
        print(json.dumps(measured.model_dump(exclude_unset=True)))

    run_child(__doc__ or "", show)


if __name__ == "__main__":
    main()
