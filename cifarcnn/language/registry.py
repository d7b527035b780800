"""Named things that a spec can use: layers, initializers, losses, optimizers, callbacks, ...

An `Entry` describes one of them once: its fields are the YAML keys (Keras' own argument names), and
validation, documentation and the built Keras object all follow from it. A `Registry` holds the
entries of one kind under their YAML names.

In YAML an item is a bare name (`flatten`) or one key with its arguments (`dropout: {rate: 0.2}`).
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from cifarcnn.errors import RegistrationError, UserError
from cifarcnn.language import entry_modules
from cifarcnn.language.advice import NAME, in_braces, keys_in_words, required_keys
from cifarcnn.language.problems import listed, with_article

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
        keras_class = getattr(_keras_module(self.keras_module), type(self).__name__, None)
        if keras_class is None:
            raise UserError(
                f"{self.entry_name} has no build(), and keras.{self.keras_module} no class "
                f"{type(self).__name__}"
            )
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

_FEW = 8
"""So many names of a kind are shown with what is expected."""


class Registry(Generic[E]):
    """The entries of one kind, by their YAML names.

    They are imported on first use: the package's own, then those of installed plug-ins.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, type[E]] = {}

    def register(self, name: str) -> Callable[[type[E]], type[E]]:
        """A class decorator that adds an entry; it returns the class unchanged.

        Raises:
            RegistrationError: the name is taken (the message names the class that has it and its
                file) or is none, or the class is not a whole entry.
        """

        def add(entry: type[E]) -> type[E]:
            entry_modules.import_own(self.kind)  # so that the package's own entries come first
            self._require_new(name)
            _require_whole(f"{self.kind} {name!r}", entry, [*self._entries.values()][:1])
            entry.entry_name = name
            self._entries[name] = entry
            return entry

        return add

    def entries(self) -> dict[str, type[E]]:
        """All entries by name, in the order of registration.

        Raises:
            UserError: an installed plug-in fails.
        """
        entry_modules.import_all(self.kind)
        return self._entries

    def _require_new(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise RegistrationError(
                f"{self.kind} {name!r}: expected a name of letters, digits and _, a letter first"
            )
        if name in self._entries:
            first = self._entries[name]
            file = getattr(sys.modules.get(first.__module__), "__file__", None)
            raise RegistrationError(
                f"{self.kind} {name!r} is already registered by {first.__module__}."
                f"{first.__qualname__}" + (f" ({file})" if file else "")
            )

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
        if not isinstance(arguments, dict):
            raise expected(self._by_name(entries[name], arguments), (name,))
        return self._validated(entries[name], arguments)

    def _split(self, item: Any) -> tuple[str, Any]:
        if isinstance(item, str):
            return item, {}
        if isinstance(item, dict) and len(item) == 1:
            name, arguments = next(iter(item.items()))
            return name, {} if arguments is None else arguments
        if isinstance(item, dict) and item:
            raise expected(self._one_of(item))
        names = list(self.entries())
        known = f" ({listed(names)})" if len(names) <= _FEW else ""
        raise expected(f"{with_article(self.kind)}: a name, or one name with its arguments{known}")

    def _one_of(self, item: dict[str, Any]) -> str:
        """What is expected where there are several keys; some may be arguments of the first."""
        names = [name for name in item if name in self.entries()]
        if len(names) == 1 and item[names[0]] is None:
            arguments = in_braces({key: item[key] for key in item if key not in names})
            return f"the arguments of {names[0]} deeper than its name, or {names[0]}: {arguments}"
        return f"one {self.kind}, not {listed(item, 'and')} together"

    def _by_name(self, entry: type[E], value: Any) -> str:
        """What is expected where a value stands in the place of an entry's arguments."""
        name = entry.entry_name
        if not entry.model_fields:
            return f"{name} without arguments"
        keys = required_keys(entry) or list(entry.model_fields)
        if len(keys) == 1 and self._takes(entry, keys[0], value):
            return f"the arguments of {name} by name, such as {in_braces({keys[0]: value})}"
        return f"the arguments of {name} by name, {keys_in_words(entry)}"

    def _takes(self, entry: type[E], key: str, value: Any) -> bool:
        try:
            self._validated(entry, {key: value})
        except ValidationError:
            return False
        return True

    def _validated(self, entry: type[E], arguments: dict[str, Any]) -> E:
        try:
            return entry.model_validate(arguments)
        except ValidationError as error:
            name = entry.entry_name
            raise ValidationError.from_exception_data(
                name, [_relocated(line, (name,), entry) for line in error.errors(include_url=False)]
            ) from None
        except (PydanticUserError, PydanticUndefinedAnnotation) as error:
            reason = str(error).splitlines()[0].partition(". ")[0]
            raise UserError(
                f"the fields of {self.kind} {entry.entry_name!r} ({entry.__module__}."
                f"{entry.__qualname__}) cannot be read: {reason}"
            ) from error


def _require_whole(what: str, entry: type[Entry], others: list[type[Any]]) -> None:
    """Refuse a class that could not be used, where it is registered and not where it is used.

    Raises:
        RegistrationError: it is not an entry of the kind of `others`, or lacks a method.
    """
    kinds = [_kind_of(other) for other in (entry, *others)]
    if None in kinds or len(set(kinds)) > 1:
        base = kinds[-1].__name__ if others and kinds[-1] else "Entry"
        raise RegistrationError(f"{what}: expected a class that inherits from {base}")
    if inspect.isabstract(entry):
        lacking = " and ".join(sorted(entry.__abstractmethods__))
        raise RegistrationError(f"{what}: {entry.__qualname__} needs the method {lacking}")


def _kind_of(entry: Any) -> type[Entry] | None:  # whatever was decorated
    """The class right below `Entry` that a class inherits from, such as `Layer`."""
    line = entry.__mro__ if isinstance(entry, type) and issubclass(entry, Entry) else ()
    below = (cls for cls in reversed(line) if issubclass(cls, Entry) and cls is not Entry)
    return next(below, None)


ITEM_OF = "item_of"
"""Stands for the items of a kind in a field's JSON schema; `writing/json_schema.py` resolves it."""


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
