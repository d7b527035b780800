"""`record.json` is read as it was written, and damage in one key costs no other."""

import json
from pathlib import Path

import pytest

from cifarcnn.errors import UserError
from cifarcnn.runs.record import Record, read_record, record_switch, write_record

EARLIER = sorted(Path(__file__).parents[1].glob("fixtures/*/*/record.json"))


@pytest.mark.parametrize("file", EARLIER, ids=lambda file: file.parent.name)
def test_earlier_records_keep_their_keys_and_their_order(file: Path, tmp_path: Path) -> None:
    write_record(tmp_path / "record.json", read_record(file))
    assert (tmp_path / "record.json").read_bytes() == file.read_bytes()


def test_there_are_earlier_records() -> None:
    assert EARLIER


def test_a_path_may_hold_a_byte_that_is_not_utf_8(tmp_path: Path) -> None:
    record = Record.model_validate(
        {"command": ["cifarcnn", "train", "\udce9.yaml"], "data": {"source": "\udce9"}}
    )
    write_record(tmp_path / "record.json", record)
    assert read_record(tmp_path / "record.json") == record


@pytest.mark.parametrize(
    "damage",
    [{"machine": 3}, {"device": {"used": [1]}}, {"versions": {"a": 1}}, {"\udce9": {"\udce9": 1}}],
)
def test_damage_in_one_key_costs_no_other(tmp_path: Path, damage: dict[str, object]) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"started": "today", **damage, "switches": {"a": "b"}}))
    record_switch(path, "steps_per_execution", "32")
    record = read_record(path)
    assert record.started == "today"
    assert record.switches == {"a": "b", "steps_per_execution": "32"}
    assert (record.machine, record.device, record.versions) == (
        Record().machine, Record().device, {},
    )  # fmt: skip


def test_what_is_no_object_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    for content in ("[1]", "3", "", "[" * 100_000, "\x00"):
        path.write_text(content)
        with pytest.raises(UserError, match="is not the record of a run"):
            read_record(path)
        record_switch(path, "steps_per_execution", "32")
        assert path.read_text() == content
