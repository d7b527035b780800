"""An example of every entry: from a shipped config where one uses it, else from its fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.entry_types import Layer
from cifarcnn.language.load import load_spec
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.registry import Entry, Registry
from cifarcnn.language.shapes import Shape
from docs.generate.words import as_yaml

_CANDIDATES: tuple[Any, ...] = (0.5, 2, 1, 10, True, "x", [1], [1, 2])


@dataclass(frozen=True)
class Example:
    """An entry with arguments; `shape` is what a layer of it is given."""

    entry: Entry
    shape: Shape = IMAGE_SHAPE

    @property
    def item(self) -> Any:
        """The item as it stands in YAML."""
        return as_yaml(self.entry)


class Examples:
    """Finds an example for every entry."""

    def __init__(self) -> None:
        self._shipped: dict[type[Entry], Example] = {}
        for path in shipped_configs().values():
            spec = load_spec(path)
            for row in plan_network(spec.model.layers).layers:
                self._shipped.setdefault(type(row.layer), Example(row.layer, row.input_shape))
            for entry in _entries_in(spec):
                self._shipped.setdefault(type(entry), Example(entry))

    def of(self, registry: Registry[Any], name: str) -> Example:
        """An example of one entry.

        Raises:
            LookupError: none is known, and none follows from its fields; says what to do.
        """
        cls = registry.entries()[name]
        if cls in self._shipped:
            return self._shipped[cls]
        required = {k: field for k, field in cls.model_fields.items() if field.is_required()}
        arguments = {k: _value(registry, name, k, field) for k, field in required.items()}
        try:
            return Example(registry.read({name: arguments} if arguments else name))
        except ValidationError as error:
            raise LookupError(
                f"no example of the {registry.kind} {name}: give its required fields examples, "
                f"such as Field(examples=[1]) ({error.errors(include_url=False)[0]['msg']})"
            ) from None


def _entries_in(value: Any) -> Iterator[Entry]:
    """All entries at any depth of a spec."""
    if isinstance(value, Entry):
        yield value
    if isinstance(value, BaseModel):
        value = [getattr(value, name) for name in type(value).model_fields]
    if isinstance(value, list | tuple):
        for item in value:
            yield from _entries_in(item)


def _value(registry: Registry[Any], name: str, key: str, field: FieldInfo) -> Any:
    """A value for a required field: its example, or the first plain one that it takes."""
    if field.examples:
        return field.examples[0]
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    for candidate in (*choices, *_CANDIDATES):
        try:
            registry.read({name: {key: candidate}})
        except ValidationError as error:
            if any(line["loc"] == (name, key) for line in error.errors(include_url=False)):
                continue
        return candidate
    return None


def works_on(layer: Layer, shapes: tuple[Shape, ...]) -> Shape | None:
    """The first of some shapes that a layer can take."""
    for shape in shapes:
        try:
            layer.output_shape(shape)
        except ValueError:
            continue
        return shape
    return None
