"""What differs between two specs: their layers side by side, and all other keys."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, NamedTuple

from pydantic import BaseModel

from cifarcnn.language.entry_types import Layer
from cifarcnn.language.marks import Path
from cifarcnn.language.plan.network_plan import Composite, Plan
from cifarcnn.language.registry import Entry
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import spec_to_data


@dataclass(frozen=True)
class OutlineItem:
    """One layer of a spec as it is written: a composite, or a single layer inside of some."""

    depth: int
    """How far it is indented."""
    name: str
    arguments: str
    """Those that are not the defaults, for people."""
    parameters: int
    """Of all layers that it stands for."""

    def __str__(self) -> str:
        return f"{self.name} {self.arguments}".rstrip()


class LayerPair(NamedTuple):
    """A layer of one spec and its counterpart; None where there is no such layer."""

    left: OutlineItem | None
    right: OutlineItem | None

    @property
    def change(self) -> str:
        """`same`, `changed`, `removed` or `added`, from left to right."""
        if self.left is None:
            return "added"
        if self.right is None:
            return "removed"
        return "same" if self.left == self.right else "changed"


class KeyPair(NamedTuple):
    """A key of two specs and its two values, as text; None where a spec has no such key."""

    left: str | None
    right: str | None


MISSING = object()


def compare_layers(left: Spec, left_plan: Plan, right: Spec, right_plan: Plan) -> list[LayerPair]:
    """The layers of two specs, aligned: equal ones first, then those of equal name."""
    one, other = outline(left, left_plan), outline(right, right_plan)
    pairs = []
    for start, end, start_other, end_other, equal in _blocks(
        [(item.depth, str(item)) for item in one], [(item.depth, str(item)) for item in other]
    ):
        old, new = one[start:end], other[start_other:end_other]
        if equal:
            pairs += [LayerPair(a, b) for a, b in zip(old, new, strict=True)]
        else:
            pairs += _pair_by_name(old, new)
    return pairs


def compare_keys(left: Spec, right: Spec) -> dict[Path, KeyPair]:
    """The keys outside of the model that differ; names and descriptions always do."""
    ignored = {"name", "description", "model"}
    found = _differences(left, right, ())
    return {path: KeyPair(_text(a), _text(b)) for path, a, b in found if path[0] not in ignored}


def differing_keys(one: Spec, other: Spec) -> list[str]:
    """The keys, one below the sections (`training.epochs`), in which two specs differ."""
    left, right = _by_key(one), _by_key(other)
    return [key for key in {**left, **right} if left.get(key) != right.get(key)]


def _by_key(spec: Spec) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for section, value in spec_to_data(spec).items():
        if isinstance(value, dict):
            values |= {f"{section}.{key}": inner for key, inner in value.items()}
        else:
            values[section] = value
    return values


def outline(spec: Spec, plan: Plan) -> list[OutlineItem]:
    """The layers of a spec as they are written, one after the other with their depth."""
    parameters: dict[Path, int] = {}
    for row in plan.layers:
        path = row.place.path
        for length in range(2, len(path) + 1, 3):  # the layer, and the composites around it
            inner = path[:length]
            parameters[inner] = parameters.get(inner, 0) + row.parameters.total
    return list(_outline(spec.model.layers, (), 0, parameters))


def _outline(
    layers: Sequence[Layer], path: Path, depth: int, parameters: dict[Path, int]
) -> Iterator[OutlineItem]:
    for index, layer in enumerate(layers):
        here = (*path, index, layer.entry_name)
        yield OutlineItem(depth, layer.entry_name, arguments_text(layer), parameters[here])
        if not isinstance(layer, Composite):
            continue
        for key, inner in layer.parts().items():
            if key == "layers":
                yield from _outline(inner, (*here, key), depth + 1, parameters)
            else:
                total = sum(parameters[*here, key, i, x.entry_name] for i, x in enumerate(inner))
                yield OutlineItem(depth + 1, key, "", total)
                yield from _outline(inner, (*here, key), depth + 2, parameters)


def arguments_text(entry: Entry, *, given: bool = False) -> str:
    """The arguments that differ from their defaults (or that the spec gives), for people."""
    shown = []
    for name, field in type(entry).model_fields.items():
        value = getattr(entry, name)
        wanted = (
            name in entry.model_fields_set
            if given
            else value != field.get_default(call_default_factory=True)
        )
        if wanted and not _holds_entries(value):
            shown.append(f"{name} {_text(value)}")
    return ", ".join(shown)


def _pair_by_name(old: Sequence[OutlineItem], new: Sequence[OutlineItem]) -> Iterator[LayerPair]:
    for start, end, start_other, end_other, equal in _blocks(
        [(item.depth, item.name) for item in old], [(item.depth, item.name) for item in new]
    ):
        if equal:
            both = zip(old[start:end], new[start_other:end_other], strict=True)
            yield from (LayerPair(a, b) for a, b in both)
        else:
            yield from (LayerPair(item, None) for item in old[start:end])
            yield from (LayerPair(None, item) for item in new[start_other:end_other])


def _blocks(one: list[Any], other: list[Any]) -> Iterator[tuple[int, int, int, int, bool]]:
    """Stretches of two lists, `(start, end, start, end, whether they are equal)`."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for tag, start, end, start_other, end_other in matcher.get_opcodes():
        yield start, end, start_other, end_other, tag == "equal"


def _differences(left: Any, right: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    if isinstance(left, BaseModel) and type(left) is type(right):
        here = (*path, left.entry_name) if isinstance(left, Entry) else path
        for name in type(left).model_fields:
            yield from _differences(getattr(left, name), getattr(right, name), (*here, name))
    elif _holds_entries(left) or _holds_entries(right):
        for index, (a, b) in enumerate(zip_longest(left, right, fillvalue=MISSING)):
            yield from _differences(a, b, (*path, index))
    elif left is MISSING or right is MISSING or left != right:
        yield path, left, right


def _holds_entries(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(item, Entry) for item in value)


def _text(value: Any) -> str | None:
    if value is MISSING:
        return None
    if isinstance(value, Entry):
        return f"{value.entry_name} {arguments_text(value)}".rstrip()
    if isinstance(value, tuple) and len(set(map(str, value))) == 1:
        value = value[0]
    return json.dumps(value, ensure_ascii=False, default=_text).replace('"', "")
