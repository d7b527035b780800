"""What happened in a run, and what made it."""

import shlex
from collections.abc import Iterator
from typing import Any

from cifarcnn.files.run_files import RECORD
from cifarcnn.report.rendering import Section, section
from cifarcnn.report.run_data import RunData
from cifarcnn.runs.record import Record

_MOST_EVENTS = 200
_LONGEST = 500
"""Characters of one value of a record."""


def events_section(run_data: RunData) -> Section:
    """What callbacks did, by epoch."""
    events = run_data.summary.events if run_data.summary else None
    return section("events", "Events", events=events, most=_MOST_EVENTS)


def record_section(run_data: RunData) -> Section:
    """Command, versions, machine, device, switches and data of the run."""
    record = run_data.record
    problem = None
    if not record.model_fields_set:
        problem = run_data.problems.get(RECORD, f"{RECORD} is empty")
    command = shlex.join(["cifarcnn", *record.command[1:]]) if record.command else None
    return section(
        "record",
        "Record",
        problem=problem,
        command=_text(command),
        rows=[] if problem else list(_rows(record)),
    )


def _rows(record: Record) -> Iterator[tuple[str, str | list[tuple[str, str]]]]:
    yield "started", _text(record.started)
    yield "machine", _list(record.machine.model_dump(exclude_unset=True))
    yield "device", f"{_text(record.device.used)} ({_text(record.device.why)})"
    yield "versions", _list(record.versions)
    yield "backend", _text(record.backend)
    yield "switches", _list(record.switches)
    yield "data", _text(record.data.source)
    yield "data, SHA-256", _text(record.data.sha256)
    if record.init_from:
        yield "began from", _text(record.init_from.model_dump())
    if record.code:
        yield "code", ", ".join(_text(file.path) for file in record.code)
    if record.plugins:
        yield "plugins", ", ".join(_text(plugin.distribution) for plugin in record.plugins)


def _list(values: dict[str, Any]) -> str | list[tuple[str, str]]:
    if not values:
        return "none"
    return [(_text(key), _text(value)) for key, value in values.items()][:_MOST_EVENTS]


def _text(value: Any) -> str:
    """A value as short text."""
    shown = "unknown" if value is None else str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} ..."
