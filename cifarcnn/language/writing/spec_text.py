"""Writing a resolved spec as YAML that reads back to the same spec."""

from typing import Any

import yaml
from pydantic import BaseModel

from cifarcnn.language.reading.yaml_reader import NUMBER
from cifarcnn.language.registry import Entry
from cifarcnn.language.schema import Spec

UNLIMITED = 10**6


class _Dumper(yaml.SafeDumper):
    """Quotes strings that our reader would take for numbers (PyYAML quotes those of YAML 1.1)."""


class _OneLine(dict[str, Any]):
    """A mapping that is written on one line."""


class _Lines(list[Any]):
    """A list with each item on lines of its own."""


def _represent_lines(dumper: yaml.SafeDumper, items: _Lines) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=False)


def _represent_one_line(dumper: yaml.SafeDumper, mapping: _OneLine) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", mapping, flow_style=True)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    r"""A text that is not all printable stands in quotes, where escapes can replace the rest.

    One with line breaks is one line so, and the terminal may show `\u202e` for a character.
    """
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(_OneLine, _represent_one_line)
_Dumper.add_representer(_Lines, _represent_lines)
_Dumper.add_representer(str, _represent_text)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, list("-+.0123456789"))


def spec_to_yaml(spec: Spec) -> str:
    """The whole spec with every default written out.

    An item stands on one line, a composite on several: each of its layers on its own.
    """
    return data_to_yaml(spec_to_data(spec))


def data_to_yaml(data: Any, *, one_line: bool | None = None, width: int = UNLIMITED) -> str:
    """Plain data as YAML that our reader takes for the same data.

    With `one_line` mappings and lists stand in braces and brackets; by default the innermost do.
    """
    return yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=one_line,
        width=width,
        allow_unicode=True,
    )


def spec_to_data(spec: Spec) -> dict[str, Any]:
    """The spec as plain mappings, lists and scalars, as it would stand in YAML."""
    data = plain(spec)
    assert isinstance(data, dict)
    return data


def plain(value: Any) -> Any:  # a field of any type
    """A value of a spec as plain mappings, lists and scalars."""
    if isinstance(value, Entry):
        arguments = _fields(value)
        if not arguments:
            return value.entry_name
        nested = any(isinstance(argument, _Lines) for argument in arguments.values())
        return {value.entry_name: arguments if nested else _OneLine(arguments)}
    if isinstance(value, BaseModel):
        return _fields(value)
    if isinstance(value, list | tuple):
        items = [plain(item) for item in value]
        return _Lines(items) if any(isinstance(item, Entry) for item in value) else items
    return value


def _fields(model: BaseModel) -> dict[str, Any]:
    fields = type(model).model_fields.items()
    return {name: plain(getattr(model, name)) for name, field in fields if not field.exclude}
