"""Tables on terminals with few columns: columns go, numbers stay whole."""

import re

import pytest
from rich.console import Console

from cifarcnn.cli.text.output import fitting_table
from cifarcnn.display.columns import columns_that_fit
from cifarcnn.display.progress import LiveProgress
from cifarcnn.runs.history import EpochRow
from cifarcnn.training.progress import Header
from tests.support.command import invoke

WIDTHS = (40, 50, 60, 72, 100)


def output_of(monkeypatch: pytest.MonkeyPatch, width: int, *arguments: str) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    result = invoke(arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def numbers_in(text: str) -> set[str]:
    return set(re.findall(r"\d[\d,.]*", text))


def test_columns_go_in_their_order_until_the_rest_fits() -> None:
    widths = {"a": 10, "b": 5, "c": 5}
    assert columns_that_fit(widths, ("c", "b"), 20) == ["a", "b", "c"]
    assert columns_that_fit(widths, ("c", "b"), 19) == ["a", "b"]
    assert columns_that_fit(widths, ("b", "c"), 15) == ["a", "c"]
    assert columns_that_fit(widths, ("b", "c"), 1) == ["a"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "arguments", [("list-configs",), ("describe", "basic"), ("describe", "resnet20")]
)
def test_lines_fit_and_hold_whole_numbers(
    monkeypatch: pytest.MonkeyPatch, width: int, arguments: tuple[str, ...]
) -> None:
    text = output_of(monkeypatch, width, *arguments)
    assert max(map(len, text.splitlines())) <= width
    assert numbers_in(text) <= numbers_in(output_of(monkeypatch, 200, *arguments))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_row_of_the_training_table_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    progress = LiveProgress()
    progress.started(Header((("spec", "a"),), 100, 5000))
    capsys.readouterr()
    progress.epoch_ended(
        EpochRow(100, 2.0625, 0.2674, 1.4586, 0.523, 0.001234, 1234.5), best=True, events=[]
    )
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) <= width
    assert line.split()[0] == "100/100" and line.endswith("0.5230 best") == (width < 72)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_table_leaves_columns_out_before_it_cuts_a_number(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    headings = ["accuracy", "loss", "epochs", "best", "seconds", "parameters", "MFLOP"]
    rows = [
        ["1", "0.7718", "0.7880", "40", "38", "12,345.6", "11,173,962", "555.421"],
        ["2 - 1", "+0.0100", "-0.0100", "+1", "-2", "-1,345.6", "-11,173,962", "-555.421"],
    ]
    table = fitting_table(
        [("", "left"), *((name, "right") for name in headings)],
        rows,
        ("MFLOP", "seconds", "best", "parameters", "epochs"),
    )
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(table)
    text = capture.get()
    assert "…" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    words = {word for row in rows for cell in row for word in cell.split()}
    shown = set(text.split()) - set(headings) - {word for word in text.split() if "─" in word}
    assert shown <= words and {"0.7718", "+0.0100"} <= shown
