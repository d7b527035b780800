"""The spec language as a JSON schema, for editors and other tools.

It is made from the sections and the registries, so a new entry is in it without further work. It
says what can be said of one value at a time; what depends on several is left to `cifarcnn check`.

An item is described as the language has it: a bare name, or one key with its arguments.
"""

from typing import Any, TypeGuard

from pydantic import BaseModel

from cifarcnn.language.entry_types import REGISTRIES
from cifarcnn.language.registry import ITEM_OF, Entry, Registry
from cifarcnn.language.schema import Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def language_schema() -> Schema:
    """The schema of a whole spec: JSON Schema, draft 2020-12."""
    whole = _that_may_extend(_schema_of(Spec))
    definitions: Schema = whole.pop("$defs")
    for registry in REGISTRIES:
        definitions[_name(registry.kind)] = _item(registry)
        for name, entry in registry.entries().items():
            definitions[_place(registry, name)] = _schema_of(entry)
    return {
        "$schema": DIALECT,
        "title": "cifarcnn spec",
        "description": "A convolutional network for CIFAR-10 and how to train it",
        **{key: value for key, value in whole.items() if key != "description"},
        "$defs": definitions,
    }


def _that_may_extend(whole: Schema) -> Schema:
    """A spec with a base may leave out what the base says, and take a value back with null."""
    otherwise = _that_takes_null(whole["properties"])
    for name, section in _fields_with_sections(Spec):
        inner = _that_takes_null(whole["$defs"][section.__name__]["properties"])
        otherwise[name] = {"type": "object", "properties": inner}
    return whole | {
        "if": {"properties": {"extends": {"type": "string"}}, "required": ["extends"]},
        "else": {"required": whole.pop("required"), "properties": otherwise},
    }


def _that_takes_null(properties: Schema) -> Schema:
    """Let every property be null; returns what forbids it again for those that could not be."""
    forbids = {}
    for name, schema in properties.items():
        if {"type": "null"} not in schema.get("anyOf", []):
            kept = {key: schema.pop(key) for key in ("description", "default") if key in schema}
            properties[name] = {"anyOf": [schema, {"type": "null"}], **kept}
            forbids[name] = {"not": {"type": "null"}}
    return forbids


def _item(registry: Registry[Any]) -> Schema:
    """One of the names of a registry, or a mapping with one of them as its only key."""
    bare, properties = [], {}
    for name, entry in registry.entries().items():
        arguments: Schema = {"$ref": f"#/$defs/{_place(registry, name)}"}
        if not any(field.is_required() for field in entry.model_fields.values()):
            bare.append(name)
            arguments = {"anyOf": [arguments, {"type": "null"}]}
        properties[name] = {"description": entry.summary(), **arguments}
    mapping = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [{"enum": bare}, mapping]} if bare else mapping


def _place(registry: Registry[Any], name: str) -> str:
    return f"{_name(registry.kind)}.{name}"


def _name(kind: str) -> str:
    """A kind as references may hold it."""
    return kind.replace(" ", "_")


def _schema_of(model: type[BaseModel]) -> Schema:
    """What pydantic says of a section or an entry, tidied."""
    schema = _tidied(model.model_json_schema())
    assert isinstance(schema, dict)
    if issubclass(model, Entry):
        schema["description"] = model.summary()
    for name, section in [(None, model), *_sections(model)]:
        properties = (schema["$defs"][name] if name else schema).get("properties", {})
        for key, field in section.model_fields.items():
            if field.default_factory and not _is_section(field.annotation):
                default = field.get_default(call_default_factory=True)
                properties[key]["default"] = default.entry_name
    return schema


def _sections(model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """The sections right below a model, by the names that pydantic gives their definitions."""
    return [(section.__name__, section) for _, section in _fields_with_sections(model)]


def _fields_with_sections(model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    """The keys under which sections stand."""
    fields = [(name, field.annotation) for name, field in model.model_fields.items()]
    return [(name, section) for name, section in fields if _is_section(section)]


def _is_section(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return (
        isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
        and not issubclass(annotation, Entry)
    )


def _tidied(node: Any) -> Any:
    """Refer to items by their kind, and leave out pydantic's titles, which repeat the keys."""
    if isinstance(node, list):
        return [_tidied(value) for value in node]
    if not isinstance(node, dict):
        return node
    tidy = {
        key: _tidied(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
    }
    if ITEM_OF in tidy:
        tidy["$ref"] = f"#/$defs/{_name(tidy.pop(ITEM_OF))}"
    return tidy
