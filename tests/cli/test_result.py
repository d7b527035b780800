"""The last lines of `train` and `resume`."""

from pathlib import Path

import pytest

from cifarcnn.cli.text.run_result import print_run
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.history import EpochRow
from cifarcnn.runs.summary import Summary

ROW = EpochRow(1, 1.0, 0.5, 1.0, 0.5, 0.001, 2.0)


def accuracy_line(accuracy: float, images: int, capsys: pytest.CaptureFixture[str]) -> str:
    summary = Summary(
        name="a", dataset="cifar10", validation=0.1, seed=1, device="CPU", parameters=1, mflop=1.0,
        epochs=1, stopped=None, events=[], best_epoch=None, last_epoch=ROW, weights_of_epoch=1,
        test_loss=1.0, test_accuracy=accuracy, test_images=images, seconds=1.0,
        checkpoint="checkpoint.h5", digest="",
    )  # fmt: skip
    print_run(RunDirectory(Path("run")), summary, False, None)
    return capsys.readouterr().out.splitlines()[1]


def test_the_accuracy_has_its_interval(capsys: pytest.CaptureFixture[str]) -> None:
    line = accuracy_line(0.78, 10_000, capsys)
    assert line == "test accuracy  0.7800   (95 % interval 0.7718 to 0.7880)"
