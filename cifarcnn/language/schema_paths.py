"""What stands at a path of a spec: a section, a list, an item, or the arguments of an item."""

from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cifarcnn.language.marks import Path
from cifarcnn.language.registry import Entry, ItemOf, Registry
from cifarcnn.language.schema import Spec

_AROUND = (Annotated, Union, UnionType)


def section_at(path: Path) -> type[BaseModel] | None:
    """The section at a path (the whole spec at the empty one), or None if no section is there."""
    section: type[BaseModel] = Spec
    for part in path:
        field = section.model_fields.get(str(part))
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return None
        if issubclass(inner, Entry):
            return None
        section = inner
    return section


def holds_list(path: Path) -> bool:
    """Whether a key takes a list, such as `model.layers`."""
    field = _key(path)
    return field is not None and _is_list(field.annotation)


def registry_at(path: Path) -> Registry[Any] | None:
    """The registry of the one item that a key takes, such as `training.optimizer`.

    Below an item these are its arguments: `training.optimizer.adam.learning_rate` takes a schedule.
    """
    field = _key(path)
    return registry_of(field) if field and not _is_list(field.annotation) else None


def registry_of(field: FieldInfo) -> Registry[Any] | None:
    """The registry of the items that a field takes, alone or in a list."""
    return _registry_in([*field.metadata, field.annotation])


def holds_keys(path: Path) -> bool:
    """Whether a mapping at a path is a section or the arguments of an item.

    A mapping at any other place is itself an item, its one key being the name. Below the key of a
    section names and arguments take turns: `training.optimizer` is a place for an item,
    `training.optimizer.adam` has arguments, `training.optimizer.adam.learning_rate` is again a
    place for an item, and indexes of lists do not count.
    """
    if section_at(path) is not None:
        return True
    sections = next(n for n in range(len(path)) if section_at(path[: n + 1]) is None)
    words = [part for part in path[sections + 1 :] if isinstance(part, str)]
    return len(words) % 2 == 1


def _key(path: Path) -> FieldInfo | None:
    """The field of the section's key, or of the item's argument, that a path ends with."""
    holder: type[BaseModel] | None = Spec
    field: FieldInfo | None = None
    registry: Registry[Any] | None = None
    for depth, part in enumerate(path):
        if holder is not None:  # a section or an item: its key follows
            field = holder.model_fields.get(str(part))
            registry = registry_of(field) if field else None
            holder = section_at(path[: depth + 1])
        elif registry is not None:  # an index, or the item's name
            field = None
            holder = registry.entries().get(part) if isinstance(part, str) else None
        else:
            return None
    return field


def _registry_in(notes: Iterable[Any]) -> Registry[Any] | None:
    """Look through annotations for the note of an item; `Annotated` has its notes as arguments."""
    for note in notes:
        found = note.registry if isinstance(note, ItemOf) else _registry_in(get_args(note))
        if found:
            return found
    return None


def _is_list(annotation: Any) -> bool:
    """Whether a list is meant, be it `Annotated` or one of several possibilities."""
    inner = get_args(annotation) if get_origin(annotation) in _AROUND else ()
    return get_origin(annotation) is list or any(map(_is_list, inner))
