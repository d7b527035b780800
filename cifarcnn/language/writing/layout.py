"""A resolved spec laid out for reading: YAML that fits a width, or one value per line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from cifarcnn.language.marks import Path
from cifarcnn.language.registry import Entry
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import UNLIMITED, data_to_yaml, plain

WIDTH = 80

_INDENT = "  "
_LONG_WORD = 12
"""PyYAML breaks a line after the word that passes the width."""


@dataclass(frozen=True)
class Line:
    """A line of YAML, and the path of the one value in it (None for a heading)."""

    text: str
    path: Path | None = None


def lines_that_fit(spec: Spec) -> list[str]:
    """The spec as YAML, items on one line where 80 columns allow it."""
    return [line.text for line in _section_lines(spec, (), "", WIDTH)]


def lines_of_one_value(spec: Spec) -> list[Line]:
    """The spec as YAML in which each value has a line of its own, so that it can be annotated."""
    return list(_section_lines(spec, (), "", None))


def yaml_value(value: Any) -> str:
    """A value on one line, as it stands after a key."""
    return _in_braces({"key": value}).removeprefix("key: ")


def _section_lines(
    section: BaseModel, path: Path, indent: str, width: int | None
) -> Iterator[Line]:
    for name, field in type(section).model_fields.items():
        if not field.exclude:
            yield from _lines(getattr(section, name), (*path, name), indent, f"{name}:", width)


def _lines(value: Any, path: Path, indent: str, lead: str, width: int | None) -> Iterator[Line]:
    """The lines of a value that stands after `lead`, which is a key or the dash of a list."""
    if isinstance(value, Entry):
        yield from _item_lines(value, path, indent, lead, width)
    elif isinstance(value, BaseModel):
        yield Line(f"{indent}{lead}")
        yield from _section_lines(value, path, indent + _INDENT, width)
    elif _has_items(value):
        yield Line(f"{indent}{lead}")
        for index, item in enumerate(value):
            yield from _lines(item, (*path, index), indent + _INDENT, "-", width)
    else:
        yield from _value_lines(value, path, indent, lead, width)


def _item_lines(
    item: Entry, path: Path, indent: str, lead: str, width: int | None
) -> Iterator[Line]:
    """`name`, `name: {arguments}` on one line if it fits, or the name with lines of arguments."""
    name = item.entry_name
    fields = [(key, getattr(item, key)) for key in type(item).model_fields]
    in_list = lead == "-"
    if not fields:
        yield Line(f"{indent}{lead} {name}", (*path, name))
        return
    pieces = [_in_braces({key: plain(value)}) for key, value in fields]
    flow = f"{name}: {{{', '.join(pieces)}}}"
    one_line = f"{indent}{lead} {flow if in_list else f'{{{flow}}}'}"
    if width and len(one_line) <= width:
        yield Line(one_line)
        return
    if in_list:
        yield Line(f"{indent}{lead} {name}:", (*path, name))
    else:
        yield Line(f"{indent}{lead}")
        yield Line(f"{indent}{_INDENT}{name}:", (*path, name))
    inner = indent + 2 * _INDENT
    if width and max(map(len, pieces)) <= width - len(inner) - len("{}"):
        yield from (Line(text) for text in _filled(pieces, inner, width))
        return
    for key, value in fields:
        yield from _lines(value, (*path, name, key), inner, f"{key}:", width)


def _filled(pieces: list[str], indent: str, width: int) -> Iterator[str]:
    """The arguments in braces, as many on each line as fit."""
    line = f"{indent}{{{pieces[0]}"
    for piece in pieces[1:]:
        if len(line) + len(piece) + 3 > width:
            yield f"{line},"
            line = f"{indent} {piece}"
        else:
            line += f", {piece}"
    yield f"{line}}}"


def _value_lines(
    value: Any, path: Path, indent: str, lead: str, width: int | None
) -> Iterator[Line]:
    """A plain value; a long text is folded where there is a width."""
    mapping = {lead.removesuffix(":"): plain(value)}
    if isinstance(value, str):
        room = width - len(indent) - _LONG_WORD if width else UNLIMITED
        lines = data_to_yaml(mapping, one_line=False, width=room).splitlines()
    else:
        lines = [_in_braces(mapping)]
    for line in lines:
        yield Line(f"{indent}{line}", path)


def _in_braces(mapping: dict[str, Any]) -> str:
    """A mapping on one line, without its braces."""
    return data_to_yaml(mapping, one_line=True).strip()[1:-1]


def _has_items(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, Entry) for item in value)
