"""What a run writes is whole, and takes every path."""

import json
import os
from pathlib import Path

from cifarcnn.files.atomic import write_json
from cifarcnn.runs.history import EpochRow, History


def test_a_path_that_is_no_utf8_can_be_recorded(tmp_path: Path) -> None:
    words = ["train", os.fsdecode(b"caf\xe9"), "caf\u00e9"]
    write_json(tmp_path / "record.json", {"command": words})
    content = (tmp_path / "record.json").read_bytes()
    assert json.loads(content)["command"] == words
    assert "caf\u00e9".encode() in content  # what can be read stays readable


def test_a_history_that_lost_its_last_line_is_whole_again_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    history = History(file)
    history.write()
    for epoch in (1, 2, 3):
        history.add(EpochRow(epoch, 1.0, 0.5, 1.0, 0.5, 0.01, 2.0))
        history.write_last()
    whole = file.read_text()
    assert len(whole.splitlines()) == 4
    file.write_text(whole[:-9])  # as after a power failure
    history.write()
    assert file.read_text() == whole
