"""What every entry of the language keeps, whatever its kind.

To add an entry, write one class in `cifarcnn/entries/` and one row in the contract test of its
kind, such as `layers/test_layer_contract.py`; a test there fails until the entry has a row.
"""

import importlib
import inspect
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from pydantic_core import PydanticUndefined

from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.registry import Entry, Registry
from cifarcnn.language.writing.json_schema import language_schema
from cifarcnn.language.writing.spec_text import plain
from docs.generate.words import page_of
from tests.support.paths import ROOT

SCHEMA = language_schema()


def entry_of(registry: Registry[Any], item: str) -> Any:
    return registry.read(read_yaml_text(item, "test").data)


def require_rows(registry: Registry[Any], items: Iterable[str]) -> None:
    """Every entry has a row, so that every one is tested."""
    rows = {entry_of(registry, item).entry_name for item in items}
    assert rows == set(registry.entries()), f"add a row for each new {registry.kind}"


def read_and_check(registry: Registry[Any], item: str) -> Any:
    """Read a row, and check what does not depend on the kind: names, words, schema, reference."""
    entry = entry_of(registry, item)
    cls = type(entry)
    assert registry.entries()[entry.entry_name] is cls
    assert cls.summary().endswith((".", ")"))
    assert all(field.description for field in cls.model_fields.values())
    assert registry.read(plain(entry)) == entry, "it is not what its written form reads as"
    _check_schema(registry, item, cls)
    _check_reference(registry, cls)
    return entry


def _check_schema(registry: Registry[Any], item: str, cls: type[Entry]) -> None:
    kind = registry.kind.replace(" ", "_")
    properties = SCHEMA["$defs"][f"{kind}.{cls.entry_name}"].get("properties", {})
    assert {name: text["description"] for name, text in properties.items()} == {
        name: field.description for name, field in cls.model_fields.items()
    }
    schema = {"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]}
    Draft202012Validator(schema).validate(read_yaml_text(item, "test").data)


def _check_reference(registry: Registry[Any], cls: type[Entry]) -> None:
    _, _, after = _page(registry.kind).partition(f"\n## {cls.entry_name}\n")
    text, _, _ = after.partition("\n## ")
    assert inspect.cleandoc(cls.__doc__ or "") in text, "run `python -m docs.generate`"
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(cls.model_fields)


@cache
def _page(kind: str) -> str:
    return (ROOT / "docs" / "reference" / page_of(kind)).read_text(encoding="utf-8")


def keras_class_of(entry: Entry) -> Any:
    module = importlib.import_module(f"keras.{entry.keras_module}")
    return getattr(module, type(entry).__name__)


def check_against_keras(
    entry: Entry,
    *,
    not_snake_case: Collection[str] = (),
    our_defaults: Mapping[tuple[str, str], tuple[Any, str]] | None = None,
    ours_alone: Collection[tuple[str, str]] = (),
    same_types: bool = False,
) -> None:
    """The name is that of the Keras class, and so are the defaults, but for those that are named.

    Args:
        entry: An entry that Keras has.
        not_snake_case: Entries whose names Keras' own rule would not give.
        our_defaults: By entry and argument, the default of ours and why it is not that of Keras.
        ours_alone: Entries and arguments that Keras does not have.
        same_types: Whether an integer of Keras may not be a float of ours.
    """
    from keras.src.utils.naming import to_snake_case

    name, cls = entry.entry_name, type(entry)
    assert name.replace("_", "") == cls.__name__.lower()
    assert (name == to_snake_case(cls.__name__)) is (name not in not_snake_case)
    parameters = inspect.signature(keras_class_of(entry)).parameters
    for key, field in cls.model_fields.items():
        if (name, key) in ours_alone:
            assert key not in parameters
            continue
        ours = field.get_default(call_default_factory=True, validated_data={})
        keras_default, exception = parameters[key].default, (our_defaults or {}).get((name, key))
        _check_default(key, ours, keras_default, exception, same_types=same_types)


def _check_default(
    key: str, ours: Any, keras_default: Any, exception: tuple[Any, str] | None, *, same_types: bool
) -> None:
    from keras import initializers

    if exception:
        assert ours == exception[0] != keras_default, key
    elif keras_default is inspect.Parameter.empty:
        assert ours is PydanticUndefined, key
    elif isinstance(ours, Entry):
        assert as_lists(ours.build()) == as_lists(initializers.get(keras_default)), key
    else:
        assert ours == keras_default, key
        assert not same_types or type(ours) is type(keras_default), key


def serialized(value: Any) -> Any:
    """A Keras object as plain data."""
    from keras import saving

    return saving.serialize_keras_object(value)


def as_lists(value: Any) -> Any:
    """Tuples as lists, and Keras objects as plain data, to compare them."""
    if hasattr(value, "get_config"):
        value = serialized(value)
    return [as_lists(v) for v in value] if isinstance(value, tuple | list) else value
