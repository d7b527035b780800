"""Types and values in words, as the tables of the reference show them."""

import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cifarcnn.language.accepts import Accepts
from cifarcnn.language.problems import listed
from cifarcnn.language.registry import Entry, ItemOf

_PLAIN = {int: "integer", float: "number", str: "string", bool: "`true` or `false`"}


def field_type(field: FieldInfo) -> str:
    """What may stand in YAML as the value of a field, such as `integer from 1 to 100`."""
    return type_in_words(field.annotation, field.metadata)


def type_in_words(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """The same for an annotation; a check of our own has its words."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return type_in_words(inner, [*_flat(more), *metadata])
    for item in metadata:
        if isinstance(item, ItemOf) and _is_entry(annotation):
            return _an(item.registry.kind)
        if isinstance(item, Accepts):
            return item.words
    if get_origin(annotation) in (Union, types.UnionType):
        return _either(get_args(annotation), metadata)
    if get_origin(annotation) is Literal:
        return listed(as_code(choice) for choice in get_args(annotation))
    if get_origin(annotation) in (list, tuple):
        inner = [part for part in get_args(annotation) if part is not ...]
        kinds = dict.fromkeys(type_in_words(part) for part in inner)
        return f"list of: {listed(kinds)}{_length(metadata, 'item')}"
    if annotation is type(None):
        return "`null`"
    if annotation in _PLAIN:
        bounds = _range(metadata, whole=annotation is int)
        return f"{_PLAIN[annotation]}{bounds}{_length(metadata, 'character')}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _an(annotation.__name__.lower()) if _is_entry(annotation) else "mapping"
    return "any value"


def _is_entry(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Entry)


def _either(parts: Sequence[Any], metadata: Sequence[Any]) -> str:
    """The members of a union; the choices of a `Literal` among them stand for themselves."""
    words: list[str] = []
    for part in parts:
        if get_origin(part) is Literal:
            words += map(as_code, get_args(part))
        else:
            words.append(type_in_words(part, metadata))
    unique = list(dict.fromkeys(words))
    if any("," in word for word in unique):
        return ", or ".join(unique)
    return listed(unique)


def default_in_words(field: FieldInfo) -> str:
    """The default as it would stand in YAML, or `required`."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if isinstance(value, BaseModel) and not isinstance(value, Entry) else as_code(value)


def as_code(value: Any) -> str:
    """A value as YAML, in backquotes."""
    return f"`{flow(as_yaml(value))}`"


def as_yaml(value: Any) -> Any:
    """A field's value as plain data: entries with the arguments that they were given."""
    if isinstance(value, Entry):
        given = {
            name: as_yaml(getattr(value, name))
            for name in type(value).model_fields
            if name in value.model_fields_set
        }
        return {value.entry_name: given} if given else value.entry_name
    if isinstance(value, list | tuple):
        items = [as_yaml(item) for item in value]
        same = isinstance(value, tuple) and all(item == items[0] for item in items)
        return items[0] if items and same else items
    return value


def flow(value: Any) -> str:
    """Plain data as YAML on one line."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("...").removesuffix("\n")


def _an(kind: str) -> str:
    """`a [layer](layers.md)`."""
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{article} [{kind}]({page_of(kind)})"


def page_of(kind: str) -> str:
    """The name of the page of a kind of entries."""
    return f"{plural(kind).replace(' ', '_')}.md"


def plural(kind: str) -> str:
    """`layers`, `losses`."""
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def _flat(metadata: Iterable[Any]) -> list[Any]:
    """The constraints in an `Annotated`, those inside of a pydantic `Field` too."""
    flat: list[Any] = []
    for item in metadata:
        flat += item.metadata if isinstance(item, FieldInfo) else [item]
    return flat


def _range(metadata: Sequence[Any], whole: bool) -> str:
    """Such as ` from 1 to 100` or ` > 0 and ≤ 1`."""
    low = high = ""
    least: Any = None
    most: Any = None
    for item in metadata:
        match item:
            case annotated_types.Gt(gt=int(bound)) if whole:
                low, least = f"≥ {bound + 1:,}", bound + 1
            case annotated_types.Ge(ge=bound):
                low, least = f"≥ {_number(bound)}", bound
            case annotated_types.Gt(gt=bound):
                low = f"> {_number(bound)}"
            case annotated_types.Le(le=bound):
                high, most = f"≤ {_number(bound)}", bound
            case annotated_types.Lt(lt=bound):
                high = f"< {_number(bound)}"
    if least is not None and most is not None:
        return f" from {_number(least)} to {_number(most)}"
    both = " and ".join(filter(None, [low, high]))
    return f" {both}" if both else ""


def _length(metadata: Sequence[Any], unit: str) -> str:
    """Such as `, at most 64 characters`."""
    low = next((item.min_length for item in metadata if _has(item, "min_length")), 0)
    high = next((item.max_length for item in metadata if _has(item, "max_length")), None)
    if low and low == high:
        return f", {low:,} {unit}{'s' * (low > 1)}"
    if low and high:
        return f", {low:,} to {high:,} {unit}s"
    if low or high:
        bound = f"at least {low:,}" if low else f"at most {high:,}"
        return f", {bound} {unit}{'s' * ((low or high) != 1)}"
    return ""


def _has(item: Any, bound: str) -> bool:
    return isinstance(getattr(item, bound, None), int)


def _number(bound: Any) -> str:
    return f"{int(bound):,}" if float(bound).is_integer() else f"{bound:g}"
