"""What is timed in our own training, and how it is turned into figures."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cifarcnn.benchmark import child
from cifarcnn.benchmark.child import Clock, TimedEpochIsOver
from cifarcnn.benchmark.matmul import SIZE_ON_CPU, matrix_product_rate
from cifarcnn.errors import CifarcnnError
from cifarcnn.runs.history import EpochRow
from cifarcnn.training.progress import Header
from tests.support.specs import TINY

ROW = EpochRow(1, 1.0, 0.5, 1.0, 0.5, 0.001, 1.0)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test sets."""
    clock = [0.0]
    monkeypatch.setattr("cifarcnn.benchmark.child.time.perf_counter", lambda: clock[0])
    monkeypatch.setattr("cifarcnn.benchmark.child.time.time", lambda: 1000 + clock[0])
    return clock


@pytest.fixture
def clock(
    tmp_path: Path, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> tuple[Clock, list[int]]:
    """A clock whose products of matrices take 10 seconds, and the sizes that it multiplied."""
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"device": {"used": "CPU"}}))
    sizes: list[int] = []

    def multiply(size: int, dtype: str) -> float:
        assert dtype == "bfloat16"
        sizes.append(size)
        now[0] += 10
        return 1e9 * len(sizes)

    monkeypatch.setattr(child, "matrix_product_rate", multiply)
    return Clock(record, "bfloat16"), sizes


def train(clock: Clock, now: list[float]) -> None:
    """Two epochs of three steps, of 2, 1 and 1 seconds and then of 3, 1 and 1."""
    now[0] = 1
    clock.waiting("loading")
    now[0] = 3
    clock.waiting("reading")
    now[0] = 4
    clock.started(Header((), 5, 96))
    now[0] = 6
    for epoch, first in ((1, 2), (2, 3)):
        clock.epoch_started(epoch)
        for number, seconds in enumerate((first, 1, 1), 1):
            now[0] += seconds
            clock.images_done(32 * number)
        clock.validating()
        now[0] += 50  # validation and what is written
        clock.epoch_ended(ROW, False, [])


def test_the_second_epoch_is_timed_from_its_start_to_its_last_step(
    clock: tuple[Clock, list[int]], now: list[float]
) -> None:
    with pytest.raises(TimedEpochIsOver):
        train(clock[0], now)
    assert clock[0].epoch_seconds == [4, 5]
    assert clock[0].images == 96
    began = {"begin": 1001, "import": 1003, "data": 1004}
    assert clock[0].times == began | {"build": 1006, "first step": 1008}


def test_matrices_are_multiplied_around_the_timed_epoch_and_outside_of_it(
    clock: tuple[Clock, list[int]], now: list[float]
) -> None:
    with pytest.raises(TimedEpochIsOver):
        train(clock[0], now)
    assert clock[0].rates == [1e9, 2e9]
    assert clock[1] == [SIZE_ON_CPU] * 2
    assert now[0] == 6 + 4 + 50 + 10 + 5 + 10 + 50


def test_the_memory_of_the_matrices_is_not_that_of_the_training(
    clock: tuple[Clock, list[int]], now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "peak_memory_bytes", lambda: 1_000 + 100 * len(clock[1]))
    with pytest.raises(TimedEpochIsOver):
        train(clock[0], now)
    assert clock[0].memory == 1_000


def test_a_step_is_the_median_whatever_number_of_steps_is_reported_at_once(
    clock: tuple[Clock, list[int]],
) -> None:
    clock[0].steps = [(10.0, 32), (12.0, 96), (13.0, 128), (17.0, 160)]
    assert clock[0].step_seconds(32) == 1.0
    clock[0].steps, clock[0].epoch_seconds = [(10.0, 32)], [1.0, 7.0]
    assert clock[0].step_seconds(32) == 7.0
    clock[0].steps = [(10.0, 320)]  # ten steps, reported at their end
    assert clock[0].step_seconds(32) == pytest.approx(0.7)


def test_a_training_that_ends_before_the_timed_epoch_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = SimpleNamespace(epochs=1, stopped="stopped by mine")
    monkeypatch.setattr("cifarcnn.training.train.train", lambda *_, **__: (None, ended))
    spec = tmp_path / "spec.yaml"
    spec.write_text(TINY)
    with pytest.raises(CifarcnnError, match=r"ended after epoch 1 \(stopped by mine\), before"):
        child.measure(spec, tmp_path / "run", None, 0.0)


def test_peak_memory_is_in_bytes() -> None:
    program = (
        "from cifarcnn.benchmark.peak_memory import peak_memory_bytes as peak\n"
        "block = bytearray(b'x') * 200_000_000\n"
        "del block\n"
        "print(peak())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert 200e6 < int(done.stdout) < 300e6


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_matrices_of_every_type_are_multiplied(dtype: str) -> None:
    assert matrix_product_rate(64, dtype) > 1e6
