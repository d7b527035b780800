"""What stands at a path of a spec: a section, a list, an item, or the arguments of an item."""

from typing import Any, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cifarcnn.spec.marks import Path
from cifarcnn.spec.registry import Entry, ItemOf, Registry
from cifarcnn.spec.schema import Spec


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
    """Whether the key of a section takes a list, such as `model.layers`."""
    field = _key(path)
    return field is not None and get_origin(field.annotation) is list


def registry_at(path: Path) -> Registry[Any] | None:
    """The registry of the one item that a section's key takes, such as `training.optimizer`."""
    field = _key(path)
    kinds = (
        [entry.registry for entry in field.metadata if isinstance(entry, ItemOf)] if field else []
    )
    return kinds[0] if kinds else None


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
    section = section_at(path[:-1])
    return section.model_fields.get(str(path[-1])) if section and path else None
