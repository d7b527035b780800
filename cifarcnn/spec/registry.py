"""Named things that a spec can use: layers, initializers, losses, optimizers, callbacks, ...

An `Entry` describes one of them once: its fields are the YAML keys (Keras' own argument names), and
validation, documentation and the built Keras object all follow from it. A `Registry` holds the
entries of one kind under their YAML names.

In YAML an item is a bare name (`flatten`) or one key with its arguments (`dropout: {rate: 0.2}`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)


class Entry(BaseModel):
    """One named thing of the spec language; subclasses declare its arguments as fields."""

    model_config = STRICT

    entry_name: ClassVar[str]
    """The name in YAML: Keras' class name in snake_case."""

    keras_module: ClassVar[str]
    """The module of Keras that has a class of the same name, such as `layers`; set by each kind."""

    of_keras: ClassVar[bool] = True
    """Whether Keras has that class; an entry of which it has none says why, and builds its own."""

    def build(self, **more: Any) -> Any:  # Keras is not imported here
        """Build the Keras object of the same class name from the arguments (and `more` of them)."""
        keras_class = getattr(_keras_module(self.keras_module), type(self).__name__)
        return keras_class(**self.arguments(), **more)

    def arguments(self) -> dict[str, Any]:
        """The arguments as Keras' constructor takes them; entries among them are built."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {k: v.build() if isinstance(v, Entry) else v for k, v in values.items()}

    @classmethod
    def summary(cls) -> str:
        """The first line of the entry's docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0]


E = TypeVar("E", bound=Entry)


class Registry(Generic[E]):
    """The entries of one kind, by their YAML names; its home module is imported on first use."""

    def __init__(self, kind: str, home: str) -> None:
        self.kind = kind
        self._home = home
        self._entries: dict[str, type[E]] = {}

    def register(self, name: str) -> Callable[[type[E]], type[E]]:
        """A class decorator that adds an entry; it returns the class unchanged.

        Raises:
            ValueError: the name is taken; the message names the class that has it.
        """

        def add(entry: type[E]) -> type[E]:
            if name in self._entries:
                first = self._entries[name]
                raise ValueError(
                    f"{self.kind} {name!r} is already registered by {first.__module__}."
                    f"{first.__qualname__}"
                )
            entry.entry_name = name
            self._entries[name] = entry
            return entry

        return add

    def entries(self) -> dict[str, type[E]]:
        """All entries by name, in the order of registration."""
        importlib.import_module(self._home)
        return self._entries

    def read(self, item: Any) -> E:  # anything may stand in a YAML file
        """Turn one YAML item (a bare name, or one key with arguments) into its entry.

        Raises:
            ValidationError: with paths relative to the item, starting with the entry's name.
        """
        name, arguments = self._split(item)
        entries = self.entries()
        if name not in entries:
            raise PydanticCustomError(
                "unknown_name", "unknown {kind}", {"kind": self.kind, "known": list(entries)}
            )
        return self._validated(entries[name], arguments)

    def _split(self, item: Any) -> tuple[str, dict[str, Any]]:
        if isinstance(item, str):
            return item, {}
        if isinstance(item, dict) and len(item) == 1:
            name, arguments = next(iter(item.items()))
            if arguments is None:
                return name, {}
            if isinstance(arguments, dict):
                return name, arguments
            raise expected(f"the arguments of {name} as a mapping, such as {{key: value}}", (name,))
        if isinstance(item, dict) and len(item) > 1:
            raise expected(f"one {self.kind}, not {' and '.join(map(str, item))} together")
        article = "an" if self.kind[0] in "aeiou" else "a"
        raise expected(f"{article} {self.kind}: a name, or one name with its arguments")

    def _validated(self, entry: type[E], arguments: dict[str, Any]) -> E:
        try:
            return entry.model_validate(arguments)
        except ValidationError as error:
            name = entry.entry_name
            raise ValidationError.from_exception_data(
                name, [_relocated(line, (name,), entry) for line in error.errors(include_url=False)]
            ) from None


ITEM_OF = "item_of"
"""Stands for the items of a kind in a field's JSON schema; `spec/json_schema.py` resolves it."""


class ItemOf:
    """Annotation of a field that holds an item of a registry: `Annotated[Loss, ItemOf(LOSSES)]`."""

    def __init__(self, registry: Registry[Any]) -> None:
        self.registry = registry

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Validate through the registry, so that only the entries in use are built."""
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """Name the kind of item, which is described once for all fields that hold one."""
        return {ITEM_OF: self.registry.kind}

    def _validate(self, item: Any) -> Entry:
        return item if isinstance(item, Entry) else self.registry.read(item)


def _keras_module(name: str) -> Any:
    """Import Keras, only now, and return one of its modules."""
    return importlib.import_module(f"keras.{name}")


def expected(what: str, path: tuple[str | int, ...] = ()) -> Exception:
    """A validation error that reads "expected `what`, received ..."; raise it in a validator."""
    error = PydanticCustomError("expected", "expected {what}", {"what": what})
    if not path:
        return error
    return ValidationError.from_exception_data(
        "item", [InitErrorDetails(type=error, loc=path, input=None)]
    )


def _relocated(line: Any, prefix: tuple[str, ...], model: type[BaseModel]) -> InitErrorDetails:
    """Put `prefix` before the path of a pydantic error line, so that it can be raised again."""
    loc = (*prefix, *line["loc"])
    if line["type"] == "extra_forbidden" and len(line["loc"]) == 1:
        known = {"known": list(model.model_fields)}
        kind: Any = PydanticCustomError("unknown_key", "unknown key", known)
    elif line["type"] in ("expected", "unknown_key", "unknown_name"):
        kind = PydanticCustomError(line["type"], line["msg"], line["ctx"])
    else:
        kind = line["type"]
    return InitErrorDetails(type=kind, loc=loc, input=line["input"], ctx=line.get("ctx", {}))
