"""A new spec, as `cifarcnn init` writes it: a commented starter, or another under a new name."""

import os
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cifarcnn.errors import UserError
from cifarcnn.language.checking.validate import validate
from cifarcnn.language.marks import Document
from cifarcnn.language.reading.extends import with_bases
from cifarcnn.language.reading.overrides import Override, apply_overrides
from cifarcnn.language.reading.shipped import find_spec
from cifarcnn.language.reading.yaml_reader import read_yaml_file, read_yaml_text
from cifarcnn.language.schema import Spec
from cifarcnn.language.schema_paths import registry_of, section_at
from cifarcnn.language.writing.layout import WIDTH, lines_that_fit, yaml_value
from cifarcnn.language.writing.spec_text import plain

_STARTER: dict[str, Any] = {
    "description": "A small network to start from",
    "layers": [
        {"conv2d": {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"}},
        {"max_pooling2d": {"pool_size": 2}},
        {"conv2d": {"filters": 64, "kernel_size": 3, "padding": "same", "activation": "relu"}},
        {"max_pooling2d": {"pool_size": 2}},
        "flatten",
        {"dropout": {"rate": 0.3}},
        {"dense": {"units": 10, "activation": "softmax"}},
    ],
    "epochs": 20,
    "loss": "categorical_crossentropy",
    "optimizer": {"adam": {"learning_rate": 1e-3}},
    "callbacks": [{"early_stopping": {"patience": 5, "restore_best_weights": True}}],
}
"""What the starter says where the language has no default, or none worth beginning with."""

_SCHEMA_BESIDE = re.compile(r"^# *yaml-language-server: *\$schema=(?!https?://).*\n", re.MULTILINE)
"""An editor's line that names a schema by its path from the file, which a copy would miss."""


def init(name: str, source: str | Path | None = None, output: Path | None = None) -> Path:
    """Write a new spec, a commented starter or a copy of `source`; return its file.

    Args:
        name: Of the spec.
        source: A spec, by its path or its shipped name.
        output: The file, which must not exist yet; by default NAME.yaml.

    Raises:
        UserError: the name is none for a spec, `source` is no spec, or the file cannot be made.
    """
    name = name.removesuffix(".yaml")
    file = output or Path(f"{name}.yaml")
    text = renamed_text(str(source), name, file) if source else starter_text(name)
    try:
        with file.open("x", encoding="utf-8", newline="") as opened:
            opened.write(text)
    except FileExistsError:
        raise UserError(
            f"{file} exists and is not overwritten", hint="choose another NAME, or --output FILE"
        ) from None
    except OSError as error:
        raise UserError(f"cannot write {file}: {error.strerror or error}") from error
    return file


def starter_text(name: str) -> str:
    """A small spec with every key of the language, each under a comment that says what it does.

    Raises:
        SpecError: `name` is none that a spec can have.
    """
    text = "\n".join(_starter_lines(Spec, name, ""))
    _named(read_yaml_text(text, "starter"), name)
    return f"# A spec to start from; a key that is left out has its default.\n{text}\n"


def renamed_text(word: str, name: str, destination: Path) -> str:
    """The spec at a path or of a shipped name under a new name, for a file at `destination`.

    It is the text of the file with its comments. Where that cannot be (its base cannot be named
    from `destination`), it is the resolved spec.

    Raises:
        UserError: there is no such spec, or it has mistakes, or `name` is none for a spec.
    """
    file = find_spec(word)
    wanted = _named(with_bases(read_yaml_file(file), file), name)
    text = file.read_bytes().decode("utf-8-sig")
    if os.path.realpath(file.parent) != os.path.realpath(destination.parent):
        text = _SCHEMA_BESIDE.sub("", text)
    copy = _renamed(text, read_yaml_text(text, word), name)
    if _reads_as(copy, wanted, destination):
        return copy
    resolved = "\n".join(lines_that_fit(wanted))
    return f"# {file.name} with its bases and all defaults.\n{resolved}\n"


def _named(document: Document, name: str) -> Spec:
    """The checked spec under the new name; mistakes in the name are blamed on it."""
    apply_overrides(document, [Override(("name",), name, f"NAME {name}")])
    return validate(document)


def _renamed(text: str, document: Document, name: str) -> str:
    """Replace the name in the text, or put one before the first key where a base has it."""
    lines = text.splitlines(keepends=True)
    mark = document.values.get(("name",))
    if mark and mark.line and mark.column:
        line, start = lines[mark.line - 1], mark.column - 1
        value = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z0-9_.-]*")
        lines[mark.line - 1] = line[:start] + value.sub(yaml_value(name), line[start:], count=1)
    else:
        first = min((mark.line or 1 for mark in document.keys.values()), default=1)
        lines.insert(first - 1, f"name: {yaml_value(name)}\n")
    return "".join(lines)


def _reads_as(text: str, wanted: Spec, file: Path) -> bool:
    try:
        return validate(with_bases(read_yaml_text(text, str(file)), file)) == wanted
    except UserError:
        return False


def _starter_lines(section: type[BaseModel], name: str, indent: str) -> Iterator[str]:
    for key, field in section.model_fields.items():
        if not indent and key != "name":
            yield ""
        yield from _comment(field.description or "", indent)
        inner = section_at((key,)) if section is Spec else None
        if inner:
            yield f"{indent}{key}:"
            yield from _starter_lines(inner, name, indent + "  ")
            continue
        if registry := registry_of(field):
            yield from _comment(f"known: {', '.join(registry.entries())}", indent)
        value = name if key == "name" else _STARTER.get(key, _default(field))
        if isinstance(value, list) and value:
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {_item(item)}" for item in value)
        else:
            yield f"{indent}{key}: {yaml_value(value)}"


def _comment(text: str, indent: str) -> list[str]:
    lead = f"{indent}# "
    return textwrap.wrap(text.rstrip("."), WIDTH, initial_indent=lead, subsequent_indent=lead)


def _default(field: FieldInfo) -> Any:  # a default of any type
    return plain(field.get_default(call_default_factory=True))


def _item(item: Any) -> str:  # an item of YAML
    """A list's item without the braces around its name."""
    text = yaml_value(item)
    return text[1:-1] if isinstance(item, dict) else text
