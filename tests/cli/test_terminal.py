"""What a person sees: the live display on a terminal of 80 columns."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from cifarcnn.display.progress import LiveProgress
from cifarcnn.training.progress import Header
from tests.support.run import CIFARCNN


def run_on_a_terminal(folder: Path, *arguments: str) -> tuple[str, str, int]:
    """Run with standard error on a terminal; returns both outputs and the exit code."""
    master, slave = os.openpty()
    process = subprocess.Popen(
        [*CIFARCNN, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
        env=os.environ | {"COLUMNS": "80", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(master)
    stdout, _ = process.communicate(timeout=60)
    return shown.decode(), stdout, process.returncode


def test_live_display_has_a_header_a_bar_and_a_row_per_epoch(tiny: Path) -> None:
    # Small batches: many steps, so that the bar is drawn while they pass.
    words = "train tiny.yaml --epochs 2 --batch-size 3 --output run --device cpu"
    shown, stdout, code = run_on_a_terminal(tiny.parent, *words.split())
    assert code == 0
    assert "images/s" in shown and "validating" in shown
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", text)]
    heading = "    epoch     loss  accuracy  val loss  val accuracy      rate  seconds"
    assert heading in lines
    rows = [line for line in lines if re.match(r" +[12]/2 +\d\.\d{4} +\d\.\d{4} ", line)]
    assert len(rows) == 2 and rows[0].endswith("best")
    assert any(line.startswith("device    CPU (asked for)") for line in lines)
    assert max(map(len, lines)) <= 80
    assert "test accuracy" in stdout and "\x1b" not in stdout
    assert "scoring 2,000 images" in shown


def test_an_epoch_that_takes_no_time_shows_its_bar(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    progress = LiveProgress()
    progress.started(Header(epochs=1, images=100, lines=()))
    progress.epoch_started(1)
    progress.images_done(100)
    progress.validating()
    progress.closed()
    shown = capfd.readouterr().err
    assert "images/s" in shown and "validating" in shown


def test_a_line_says_what_is_waited_for_and_goes(capfd: pytest.CaptureFixture[str]) -> None:
    progress = LiveProgress()
    progress.waiting("loading TensorFlow")
    progress.waiting("scoring [10,000] images")
    progress.warning("short")
    progress.waited()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capfd.readouterr().err)
    screen = ""
    for part in re.split(r"(?<=[\r\n])", shown):  # as a terminal does it
        text = part.rstrip("\r\n")
        screen = text + screen[len(text) :]
        if part.endswith("\n"):
            assert screen.rstrip() == "warning: short"
            screen = ""
    assert not screen.strip()
    assert "scoring [10,000] images ..." in shown
