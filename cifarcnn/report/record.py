"""What happened in a run, and what made it."""

import shlex
from collections.abc import Iterator
from typing import Any

from cifarcnn.report.rendering import Section, section
from cifarcnn.report.run_data import Material

_MOST_EVENTS = 200
_LONGEST = 500
"""Characters of one value of a record."""


def events_section(material: Material) -> Section:
    """What callbacks did, by epoch."""
    events = material.summary.events if material.summary else None
    return section("events", "Events", events=events, most=_MOST_EVENTS)


def record_section(material: Material) -> Section:
    """Command, versions, machine, device, switches and data of the run."""
    record = material.record
    return section(
        "record",
        "Record",
        problem=material.problems.get("record.json", "record.json is empty"),
        command=_command(record.get("command")),
        rows=list(_rows(record)) if record else [],
    )


def _rows(record: dict[str, Any]) -> Iterator[tuple[str, str | list[tuple[str, str]]]]:
    machine, device = _mapping(record, "machine"), _mapping(record, "device")
    data = _mapping(record, "data")
    yield "started", _text(record.get("started"))
    yield "machine", _list(machine)
    yield "device", f"{_text(device.get('used'))} ({_text(device.get('why'))})"
    yield "versions", _list(_mapping(record, "versions"))
    yield "backend", _text(record.get("backend"))
    yield "switches", _list(_mapping(record, "switches"))
    yield "data", _text(data.get("source"))
    yield "data, SHA-256", _text(data.get("sha256"))
    if record.get("init_from"):
        yield "began from", _text(record["init_from"])
    for name, key in (("code", "path"), ("plugins", "distribution")):
        if rows := record.get(name):
            found = [row.get(key) for row in rows if isinstance(row, dict)] if _is(rows) else []
            yield name, ", ".join(map(_text, found)) or _text(rows)


def _is(rows: Any) -> bool:
    return isinstance(rows, list)


def _command(words: Any) -> str:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return _text(words)
    return _text(shlex.join(["cifarcnn", *words[1:]]))


def _mapping(record: dict[str, Any], key: str) -> dict[str, Any]:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _list(values: dict[str, Any]) -> str | list[tuple[str, str]]:
    if not values:
        return "none"
    return [(_text(key), _text(value)) for key, value in values.items()][:_MOST_EVENTS]


def _text(value: Any) -> str:
    """Any JSON as short text."""
    shown = "unknown" if value is None else str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} ..."
