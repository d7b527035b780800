"""Reading YAML with the mark of every key and value, strictly.

The scalars are those of the YAML 1.2 core schema (`1e-4` is a number, `on` is a string, `012` is
twelve), duplicate keys are errors, and anchors, aliases and tags are refused: a spec is data, and
PyYAML's own rules surprise (https://yaml.org/spec/1.2.2/#103-core-schema).
"""

import re
import stat
from pathlib import Path as FilePath
from typing import Any

import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cifarcnn.errors import UserError
from cifarcnn.spec.marks import Document, Mark, Path, dotted
from cifarcnn.spec.problems import Problem, SpecError

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
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
_LONGEST_INTEGER = 300


class _Refused(yaml.MarkedYAMLError):
    """A construct that YAML allows and specs do not."""


class _StrictLoader(yaml.SafeLoader):
    """Composes nodes with marks; refuses anchors, aliases, tags and deep nesting."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(
                problem="anchors and aliases (& and *) are not part of the spec language"
                "; write the value out",
                problem_mark=event.start_mark,
            )
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            raise _Refused(
                problem=f"tags ({tag}) are not part of the spec language; remove it",
                problem_mark=event.start_mark,
            )
        if self.depth >= MAX_DEPTH:
            raise _Refused(
                problem=f"nested deeper than {MAX_DEPTH} levels", problem_mark=event.start_mark
            )
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def read_yaml_file(path: FilePath, source: str | None = None) -> Document:
    """Read one YAML file; `source` is the name that errors give to it (default: the path).

    Raises:
        UserError: the file is missing, unreadable, not a regular file, too large or not UTF-8.
        SpecError: its content is not YAML, or uses what the spec language leaves out.
    """
    source = source or str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UserError(f"{source} is a folder; expected a YAML file")
        if not stat.S_ISREG(mode):
            raise UserError(f"{source} is not a regular file; expected a YAML file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot read {source}: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise UserError(f"{source} is larger than {MAX_BYTES // 1024} KiB; a spec is a small file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{source}:{line}: not UTF-8 text (byte 0x{raw[error.start]:02x}); save it as UTF-8"
        ) from error
    return read_yaml_text(text, source)


def read_yaml_text(text: str, source: str) -> Document:
    """Read YAML from a string; see `read_yaml_file`."""
    lines = text.splitlines()
    conflict = _CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        mark = Mark(source, line, 1, lines[line - 1])
        raise SpecError(
            [
                Problem(
                    mark,
                    "",
                    "an unresolved merge conflict: choose one side and "
                    "remove the <<<<<<<, ======= and >>>>>>> lines",
                )
            ]
        )
    try:
        node = yaml.compose(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        raise SpecError([_syntax_problem(error, source, lines)]) from error
    except yaml.reader.ReaderError as error:
        position = f"character {error.position}"
        raise UserError(f"{source}: {error.reason} ({position}, {error.character!r})") from error
    document = Document(data=None, source=source)
    if node is not None:
        builder = _Builder(document, lines)
        document.data = builder.build(node, ())
        if builder.problems:
            raise SpecError(builder.problems)
    return document


class _Builder:
    """Turns composed nodes into plain data, noting marks and collecting problems."""

    def __init__(self, document: Document, lines: list[str]) -> None:
        self.document = document
        self.lines = lines
        self.problems: list[Problem] = []

    def build(self, node: Node, path: Path) -> Any:  # noqa: ANN401 - YAML data has any type
        self.document.values[path] = self.mark(node)
        if isinstance(node, MappingNode):
            return self.build_mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(child, (*path, i)) for i, child in enumerate(node.value)]
        return self.build_scalar(node, path)

    def build_mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.report(key_node, path, "expected a name as key")
                continue
            key = str(key_node.value)
            key_path = (*path, key)
            if key in result:
                first = self.document.keys[key_path].line
                self.report(key_node, key_path, f"this key was given before, on line {first}")
                continue
            self.document.keys[key_path] = self.mark(key_node)
            result[key] = self.build(value_node, key_path)
        return result

    def build_scalar(self, node: ScalarNode, path: Path) -> Any:  # noqa: ANN401
        text = str(node.value)
        if node.style is not None:
            return text
        if _INTEGER.fullmatch(text) and len(text) > _LONGEST_INTEGER:
            self.report(node, path, f"a number of {len(text)} digits is too long")
            return None
        return scalar(text)

    def mark(self, node: Node) -> Mark:
        start = node.start_mark
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        return Mark(self.document.source, start.line + 1, start.column + 1, line)

    def report(self, node: Node, path: Path, message: str) -> None:
        self.problems.append(Problem(self.mark(node), dotted(path), message))


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


def _syntax_problem(error: yaml.MarkedYAMLError, source: str, lines: list[str]) -> Problem:
    place = error.problem_mark or error.context_mark
    message = error.problem or error.context or "not valid YAML"
    if not isinstance(error, _Refused):
        message = f"not valid YAML: {message}"
    if place is None:
        return Problem(Mark(source), "", message)
    text = lines[place.line] if place.line < len(lines) else ""
    return Problem(Mark(source, place.line + 1, place.column + 1, text), "", message)
