"""An evaluation on a terminal: shading, narrow windows, and text that is not to be trusted."""

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from cifarcnn.cli.text import evaluation as evaluation_text
from cifarcnn.cli.text.evaluation import show_evaluations
from cifarcnn.display.console import CleanConsole
from cifarcnn.evaluation.evaluate import AugmentedScores, Evaluation
from cifarcnn.metrics.calibration import calibration
from cifarcnn.metrics.classification import class_figures
from cifarcnn.metrics.figures import Figures
from cifarcnn.metrics.honesty import honesty_checks
from cifarcnn.metrics.intervals import Accuracy

COUNTS = np.full((10, 10), 100) + np.diag([4000] * 10)
COUNTS[0] = [0, 5000, 0, 0, 0, 0, 0, 0, 0, 0]


def evaluation(names: list[str], checkpoint: str = "runs/a/checkpoint.h5") -> Evaluation:
    correct = np.arange(10_000) % 2 == 0
    figures = Figures(
        labels=np.zeros(10_000, np.int64), predicted=np.where(correct, 0, 1),
        probabilities=np.full((10_000, 10), 0.1), accuracy=Accuracy(5_000, 10_000),
        top2=Accuracy(7_000, 10_000), classes=class_figures(COUNTS, names), confusion=COUNTS,
        calibration=calibration(np.full(10_000, 0.75), correct),
        checks=honesty_checks("cifar10", "test", correct),
    )  # fmt: skip
    return Evaluation(
        checkpoint=Path(checkpoint), dataset="cifar10", split="test", pixels="unit", device="CPU",
        outputs="logits", loss=1.5, figures=figures, augmented=None, mistakes=(),
    )  # fmt: skip


def shown(
    evaluations: list[Evaluation],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    width: int = 80,
) -> tuple[str, str]:
    """What tables and what lines are shown in a colored terminal."""
    tables = StringIO()
    console = CleanConsole(file=tables, force_terminal=True, color_system="truecolor", width=width)
    monkeypatch.setattr(evaluation_text, "output_console", lambda: console)
    show_evaluations(evaluations)
    return tables.getvalue(), capsys.readouterr().out


def test_the_larger_the_share_the_darker_its_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tables, _ = shown([evaluation([f"c{i}" for i in range(10)])], monkeypatch, capsys)
    cells = re.findall(r"\x1b\[[\d;]*48;2;(\d+);\d+;\d+m *(\d+) *\x1b", tables)
    assert len(cells) == 9 * 10 + 1  # a cell without images has no colour
    red = {int(count): int(value) for value, count in cells}
    assert set(red) == {100, 4100, 5000}
    assert red[5000] < red[4100] < red[100] < 247


@pytest.mark.parametrize("width", [80, 50])
def test_no_count_is_cut_however_narrow_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    names = ["airplane", "automobile", *(f"class {i}" for i in range(8))]
    tables, _ = shown([evaluation(names)], monkeypatch, capsys, width)
    plain = re.sub(r"\x1b\[[\d;]*m", "", tables)
    lines = [line for line in plain.splitlines() if re.fullmatch(r"\S.*?( +\d+){10} *", line)]
    assert [[int(word) for word in line.split()[-10:]] for line in lines] == COUNTS.tolist()
    assert max(len(line) for line in lines) <= 80
    (heading,) = [line for line in plain.splitlines() if "airpl" in line and "autom" in line]
    assert heading.split() == ["airpl", "autom", *map(str, range(2, 10))]  # "class" is not unique


def test_the_checks_stand_beside_the_accuracy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = shown([evaluation([f"c{i}" for i in range(10)])], monkeypatch, capsys)
    assert re.search(r"^test accuracy +0.5000   0.4902 to 0.5098 ", lines, re.M)
    assert re.search(r"^without near duplicates +0\.\d{4}   .* \(9,714 images\)$", lines, re.M)
    assert re.search(r"^without doubtful labels +0\.\d{4}   .* \(9,946 images\)$", lines, re.M)
    assert re.search(r"^calibration error +0.2500 .*mean confidence 0.7500", lines, re.M)
    assert max(map(len, lines.splitlines())) <= 80


def test_long_names_leave_room_for_the_figures_of_several(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = evaluation(
        [f"c{i}" for i in range(10)], "deeper_3x3_plateau-20261123-064949/checkpoint.h5"
    )
    one = replace(one, augmented=AugmentedScores("mirror+shift", 6, 1.25, Accuracy(6_000, 10_000)))
    tables, _ = shown([one, one], monkeypatch, capsys)
    summary = re.sub(r"\x1b\[[\d;]*m", "", tables).partition("class")[0]
    row = r" 0.5000   0.4902 to 0.5098   0.6000   1.5000   0.7000   0.2500 "
    assert len(re.findall(row, summary)) == 2
    assert max(map(len, summary.splitlines())) <= 80


def test_text_from_outside_is_escaped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["\x1b[2J", "[red]x", *(f"c{i}" for i in range(8))]
    both = [evaluation(names, "runs/\x1b]0;x\a/checkpoint.h5"), evaluation(names)]
    tables, lines = shown(both, monkeypatch, capsys)
    assert "\x1b[2J" not in tables and "\x1b]" not in tables + lines and "\a" not in tables + lines
    assert "[red]x" in tables and r"\x1b[2J" in tables
