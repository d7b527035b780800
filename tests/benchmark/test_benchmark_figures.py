"""The arithmetic between what processes print and what is shown."""

from typing import Any

import pytest

from cifarcnn.benchmark.measurements import Figure, Measurement, ProgramResult, Round, ratios


def round_of(seconds: float, *, matmul: tuple[float, float] | None = None) -> Round:
    """A process that trained 1,000 images in an epoch of so many seconds."""
    data: dict[str, Any] = {
        "program": "cifarcnn",
        "parameters": 132_458,
        "device": "CPU",
        "versions": {},
        "images": 1000,
        "steps": 50,
        "epoch_seconds": [9.0, seconds],
        "began": 100.5,
        "import_seconds": 4.0,
        "data_seconds": 2.0,
        "build_seconds": 1.0,
        "first_step_seconds": 0.25,
        "peak_memory_bytes": 1_000_000_000 * seconds,
    }
    if matmul:
        data["matrix_product"] = {"size": 2048, "dtype": "float32", "flop_per_second": list(matmul)}
    return Round(100.0, 0.3, Measurement.model_validate(data))


def result_of(program: str, seconds: list[float]) -> ProgramResult:
    return ProgramResult(program, tuple(round_of(value) for value in seconds), mflop=60.0)


def test_a_figure_has_median_range_and_deviation() -> None:
    data = Figure((5.0, 1.0, 3.0)).as_data()
    assert data == {"median": 3.0, "min": 1.0, "max": 5.0, "deviation": 2.0, "values": [5, 1, 3]}
    assert Figure((2.0,)).deviation is None
    assert Figure((1.0, 2.0)).median == 1.5


def test_speed_is_that_of_the_last_epoch_alone() -> None:
    one = round_of(2.0)
    assert one.images_per_second == 500
    assert one.step_seconds == 0.04
    assert ProgramResult("keras", (one,), mflop=60.0).flop_per_second.median == 30e9


def test_a_median_step_is_taken_where_steps_were_timed() -> None:
    one = round_of(2.0)
    timed = one.data.model_copy(update={"step_seconds": 0.03})
    assert Round(0, 0, timed).step_seconds == 0.03


def test_the_time_to_the_first_step_counts_from_the_start_of_the_process() -> None:
    one = round_of(2.0)
    assert one.start_seconds("process") == 0.5
    assert one.time_to_first_step == 0.5 + 4 + 2 + 1 + 0.25


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # The machine slows down to a third; each round says 2, but for one.
    ours, peer = result_of("cifarcnn", [1, 2, 3]), result_of("keras", [2, 4, 9])
    ratio = ratios(ours, peer)
    assert ratio.images_per_second.values == pytest.approx((2, 2, 3))
    assert ratio.images_per_second.median == pytest.approx(2)
    assert ratio.peak_memory.values == pytest.approx((1 / 2, 1 / 2, 1 / 3))
    assert ratio.time_to_first_step.values == (1, 1, 1)


def test_rounds_without_counterpart_are_not_compared() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios(result_of("cifarcnn", [1, 2]), result_of("keras", [1]))


def test_the_share_is_that_of_the_product_around_the_same_epoch() -> None:
    # 30 and 60 GFLOP/s, beside products of 100 (80 before, 120 after) and 120.
    rounds = (round_of(2.0, matmul=(80e9, 120e9)), round_of(1.0, matmul=(120e9, 120e9)))
    result = ProgramResult("cifarcnn", rounds, mflop=60.0)
    assert result.matrix_product_rate == Figure((100e9, 120e9))
    assert result.share is not None and result.share.values == pytest.approx((0.3, 0.5))
    assert result_of("keras", [1.0]).share is None
