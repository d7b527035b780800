"""What happened in a run, and what made it."""

import shlex
from collections.abc import Iterator
from typing import Any

from cifarcnn.files.run_files import RECORD
from cifarcnn.report.html import Content, element
from cifarcnn.report.parts import Section, code, facts, note, paragraph, section, table
from cifarcnn.report.run_data import Material
from cifarcnn.runs.record import Record

_MOST_EVENTS = 200
_LONGEST = 500
"""Characters of one value of a record."""


def events_section(material: Material) -> Section:
    """What callbacks did, by epoch."""
    summary = material.summary
    if summary is None:
        content: Content = paragraph("What callbacks did is told at the end of the run.")
    elif summary.events:
        rows: list[list[Content]] = [
            [event.get("epoch", ""), event.get("event", "")]
            for event in summary.events[:_MOST_EVENTS]
        ]
        content = [table("Events", ["epoch", "what happened"], rows, numbers=False)]
        if len(summary.events) > _MOST_EVENTS:
            content += [note(f"and {len(summary.events) - _MOST_EVENTS:,} more")]
    else:
        content = paragraph("None: no callback changed the learning rate or ended the training.")
    return section("events", "Events", content)


def record_section(material: Material) -> Section:
    """Command, versions, machine, device, switches and data of the run."""
    record = material.record
    if not record.model_fields_set:
        problem = material.problems.get(RECORD, f"{RECORD} is empty")
        return section("record", "Record", paragraph(f"{problem}."))
    command = shlex.join(["cifarcnn", *record.command[1:]]) if record.command else None
    return section("record", "Record", code(_text(command), wrapped=True), facts(_rows(record)))


def _rows(record: Record) -> Iterator[tuple[str, Content]]:
    yield "started", _text(record.started)
    yield "machine", _list(record.machine.model_dump(exclude_unset=True))
    yield "device", f"{_text(record.device.used)} ({_text(record.device.why)})"
    yield "versions", _list(record.versions)
    yield "backend", _text(record.backend)
    yield "switches", _list(record.switches)
    yield "data", _text(record.data.source)
    yield "data, SHA-256", element("code", _text(record.data.sha256))
    if record.init_from:
        yield "began from", _text(record.init_from.model_dump())
    if record.code:
        yield "code", ", ".join(_text(file.path) for file in record.code)
    if record.plugins:
        yield "plugins", ", ".join(_text(plugin.distribution) for plugin in record.plugins)


def _list(values: dict[str, Any]) -> Content:
    if not values:
        return "none"
    items = (element("li", f"{_text(k)} ", element("b", _text(v))) for k, v in values.items())
    return element("ul", list(items)[:_MOST_EVENTS], class_="plain")


def _text(value: Any) -> str:
    """A value as short text."""
    shown = "unknown" if value is None else str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} ..."
