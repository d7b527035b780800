"""Reading YAML with the mark of every key and value, strictly.

The scalars are those of the YAML 1.2 core schema (`1e-4` is a number, `on` is a string, `012` is
twelve), duplicate keys are errors, and anchors, aliases and tags are refused: a spec is data, and
PyYAML's own rules surprise (https://yaml.org/spec/1.2.2/#103-core-schema).
"""

import codecs
import re
import stat
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any, BinaryIO

import yaml

from cifarcnn.errors import UserError, os_reason
from cifarcnn.files.run_files import SPEC
from cifarcnn.language.marks import Document, Mark, Path, dotted
from cifarcnn.language.problems import Problem, SpecError
from cifarcnn.language.reading.shipped import shown_name

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NUMBER = re.compile(
    rf"^(?:{_INTEGER.pattern}|{_OCTAL.pattern}|{_HEXADECIMAL.pattern}|{_FLOAT.pattern})$"
)
"""Every plain scalar that is read as a finite number."""
_INFINITY = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_NAN = re.compile(r"\.(nan|NaN|NAN)")
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?= |\r?$)", re.MULTILINE)
_LONGEST_INTEGER = 300
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_yaml_file(path: FilePath, source: str | None = None) -> Document:
    """Read one YAML file; `source` is the name that errors give to it.

    By default that is the path, or the name of a shipped config.

    Raises:
        UserError: the file is missing, unreadable, not a regular file or too large.
        SpecError: its content is not UTF-8 or not YAML, or uses what the spec language leaves out.
    """
    source = source or shown_name(str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            hint = f"a run's spec is {path / SPEC}" if (path / SPEC).exists() else None
            raise UserError(f"{source}: a folder; expected a YAML file", hint)
        if not stat.S_ISREG(mode):
            raise UserError(f"{source}: not a regular file; expected a YAML file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"{source}: cannot be read: {os_reason(error)}") from error
    return _read_bytes(raw, source)


def read_yaml_stream(stream: BinaryIO, source: str) -> Document:
    """Read YAML from an open stream, such as standard input; see `read_yaml_file`."""
    return _read_bytes(stream.read(MAX_BYTES + 1), source)


def _read_bytes(raw: bytes, source: str) -> Document:
    if len(raw) > MAX_BYTES:
        raise UserError(f"{source}: larger than {MAX_BYTES // 1024} KiB; a spec is a small file")
    if b"\0" in raw and not raw.startswith(_UTF_16):
        mark = Mark(source, raw.count(b"\n", 0, raw.index(b"\0")) + 1, 1)
        raise SpecError([Problem(mark, "", "not text but binary data; expected a YAML file")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = error.start - before.rfind(b"\n")
        mark = Mark(source, before.count(b"\n") + 1, column)
        message = f"not UTF-8 text (byte 0x{raw[error.start]:02x}); save it as UTF-8"
        raise SpecError([Problem(mark, "", message)]) from error
    return read_yaml_text(text, source)


def read_yaml_text(text: str, source: str) -> Document:
    """Read YAML from a string; see `read_yaml_file`."""
    if stray := yaml.reader.Reader.NON_PRINTABLE.search(text):
        raise SpecError([_stray_character(stray, source)])
    lines = text.splitlines()
    markers = list(_CONFLICT.finditer(text))
    if markers:
        begins = [marker for marker in markers if marker[1][0] == "<"] or markers[:1]
        raise SpecError([_merge_conflict(marker, source, lines) for marker in begins])
    document = Document(data=None, source=source)
    builder = _Builder(document, lines, text)
    try:
        builder.build_document()
    except yaml.MarkedYAMLError as error:
        raise SpecError([*builder.problems, _syntax_problem(error, source, lines)]) from error
    if builder.problems:
        raise SpecError(builder.problems)
    return document


class _Refused(Exception):  # noqa: N818 - a problem already reported
    """A construct that YAML allows and specs do not; nothing after it is read."""


class _Builder:
    """Turns the parser's events into plain data, noting marks and collecting problems."""

    def __init__(self, document: Document, lines: list[str], text: str) -> None:
        self.document = document
        self.lines = lines
        self.problems: list[Problem] = []
        # libyaml is ten times faster; PyYAML's wheels have it, some builds do not.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=loader)

    def build_document(self) -> None:
        """Read the one document of the stream."""
        try:
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    if () in self.document.values:
                        self.report(event, (), "expected one document, found a second (---)")
                        return
                elif isinstance(event, yaml.NodeEvent):
                    self.document.data = self.build(event, ())
        except _Refused:
            pass

    def build(self, event: yaml.Event, path: Path) -> Any:  # YAML data has any type
        self.refuse_what_specs_leave_out(event, path)
        self.document.values[path] = self.mark(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self.build_mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.build_sequence(path)
        return self.build_scalar(event, path)

    def build_mapping(self, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self.refuse_what_specs_leave_out(event, path)
            if not isinstance(event, yaml.ScalarEvent):
                self.report(event, path, "expected a name as key")
                raise _Refused
            key = str(event.value)
            key_path = (*path, key)
            if key in result:
                first = self.document.keys[key_path].line
                self.report(event, key_path, f"this key was given before, on line {first}")
            else:
                self.document.keys[key_path] = self.mark(event)
            result[key] = self.build(next(self._events), key_path)
        return result

    def build_sequence(self, path: Path) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            result.append(self.build(event, (*path, len(result))))
        return result

    def build_scalar(self, event: Any, path: Path) -> Any:  # a yaml.Event
        text = str(event.value)
        if not event.implicit[0]:
            return text
        if _INTEGER.fullmatch(text) and len(text) > _LONGEST_INTEGER:
            self.report(event, path, f"a number of {len(text)} digits is too long")
            return None
        return scalar(text)

    def refuse_what_specs_leave_out(self, event: Any, path: Path) -> None:  # a yaml.Event
        """Anchors, aliases, tags and deep nesting; the last also bounds our own recursion."""
        message = None
        if getattr(event, "anchor", None):
            message = "anchors and aliases (& and *) are not part of the language; write it out"
        elif getattr(event, "tag", None) not in (None, "!"):
            message = f"the tag {event.tag} is not part of the language; remove it"
        elif len(path) >= MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
        if message:
            self.report(event, path, message)
            raise _Refused

    def mark(self, event: Any) -> Mark:  # a yaml.Event
        start = event.start_mark
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        return Mark(self.document.source, start.line + 1, start.column + 1, line)

    def report(self, event: yaml.Event, path: Path, message: str) -> None:
        shown = dotted(path) if len(path) < MAX_DEPTH else ""
        self.problems.append(Problem(self.mark(event), shown, message))


def scalar(text: str) -> str | int | float | bool | None:
    """The value of a plain (unquoted) scalar in the YAML 1.2 core schema."""
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    if match := _INFINITY.fullmatch(text):
        return float(f"{match[1]}inf")
    if _NAN.fullmatch(text):
        return float("nan")
    return text


def _stray_character(found: re.Match[str], source: str) -> Problem:
    """A control character, or half of one that the command line could not decode."""
    before = found.string[: found.start()]
    column = len(before) - before.rfind("\n")
    mark = Mark(source, before.count("\n") + 1, column)
    return Problem(mark, "", f"the character U+{ord(found[0]):04X} is not part of YAML; remove it")


def _merge_conflict(marker: re.Match[str], source: str, lines: list[str]) -> Problem:
    line = marker.string.count("\n", 0, marker.start()) + 1
    message = (
        "an unresolved merge conflict: choose one side and remove the <<<<<<<, ======= and >>>>>>> "
        "lines"
    )
    return Problem(Mark(source, line, 1, lines[line - 1]), "", message)


_WHAT_TO_WRITE = {
    "mapping values are not allowed": "an unexpected colon: arguments need braces (name: {{key: "
    "value}}), or the line above a colon, or a text with a colon quotes, or this line is indented "
    "too far",
    "expected ',' or '": "a comma is missing, or what was opened on line {line} is not closed",
    "did not find expected key": "expected a key as far in as on line {line}, column {column}: "
    "a dash needs a space after it, a text with quotes in it other quotes around it",
    "did not find expected '-'": "expected a dash as far in as on line {line}, column {column}",
    "could not find expected ':'": "expected a colon and a space after this key",
    "unexpected end of stream": "the quotes that open here are not closed",
    "cannot start any token": "a text that begins with this character needs quotes",
}
"""What a parser says (libyaml and PyYAML differ in details), and what that means in a spec."""

_LIKE_A_SPACE = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def _syntax_problem(error: yaml.MarkedYAMLError, source: str, lines: list[str]) -> Problem:
    place = error.problem_mark or error.context_mark
    start = error.context_mark or place
    words = error.problem or error.context or "not valid YAML"
    if place is None or start is None:
        return Problem(Mark(source), "", f"not valid YAML: {words}")
    if (error.context or "").startswith("while scanning"):
        place = start
    text = lines[place.line] if place.line < len(lines) else ""
    mark = Mark(source, place.line + 1, place.column + 1, text)
    if text[place.column : place.column + 1] == "\t":
        return Problem(mark, "", "not valid YAML: a tab; indent with spaces")
    for number in range(start.line, min(place.line + 1, len(lines))):
        if odd := _LIKE_A_SPACE.search(lines[number]):
            mark = Mark(source, number + 1, odd.start() + 1, lines[number])
            character = f"U+{ord(odd[0]):04X}"
            return Problem(mark, "", f"not valid YAML: {character} is no space; write a space")
    for theirs, ours in _WHAT_TO_WRITE.items():
        if theirs in words:
            words = ours.format(line=start.line + 1, column=start.column + 1)
    return Problem(mark, "", f"not valid YAML: {words}")
