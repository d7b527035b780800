"""Setting single values: `--set training.epochs=3`, its short forms, and environment variables."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cifarcnn.language.marks import Document, Mark, Path, dotted
from cifarcnn.language.problems import Problem, SpecError, listed, near_name, received
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.schema_paths import holds_keys, holds_list, registry_at

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|(\d+)")

_LONGEST_SHOWN = 80
_MANY = 12

_SWITCHES: tuple[Path, ...] = (("runtime", "deterministic"),)
"""What environment variables set as is their custom: `CIFARCNN_DETERMINISTIC=1`."""


@dataclass(frozen=True)
class Override:
    """One value set over a spec; `origin` is the option or variable as errors name it."""

    path: Path
    value: Any
    origin: str


def parse_override(text: str) -> Override:
    """Read the argument of `--set`: `key.path=value`, the value being YAML.

    Raises:
        SpecError: it has no `=`, or the path is not one.
    """
    origin = f"--set {_shortened(text)}"
    name, equals, value = text.partition("=")
    path = _parse_path(name.strip())
    if not equals or not path:
        raise _refused(
            origin,
            "expected key.path=value, such as training.epochs=3 or "
            "model.layers[0].conv2d.filters=64",
        )
    return Override(path, read_yaml_text(value, origin).data, origin)


def override_of(name: str, value: Any) -> Override:
    """Set the value at a path that is written as for `--set`; the value is plain data.

    Raises:
        SpecError: the path is not one.
    """
    origin = f"set[{_shortened(name)!r}]"
    path = _parse_path(name.strip())
    if not path:
        raise _refused(origin, "expected a path such as 'training.epochs'")
    return Override(path, value, origin)


def parse_variable(name: str, text: str, path: Path) -> Override:
    """Read the environment variable that sets the value at a path; 1 and 0 are a switch's too.

    Raises:
        SpecError: it is not YAML.
    """
    origin = f"{name}={_shortened(text)}"
    value = read_yaml_text(text, origin).data
    if path in _SWITCHES and value in (0, 1):
        value = bool(value)
    return Override(path, value, origin)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


def apply_overrides(document: Document, overrides: Sequence[Override]) -> None:
    """Set the values in the document; what they set is marked with their option.

    An item of a list goes by its index, `model.layers[3].conv2d.filters`, or by its name there,
    `model.layers.conv2d_2.filters`. Where a key takes one item, such as an optimizer or a schedule,
    another one than the spec's takes its place.

    Raises:
        SpecError: a path leads to nothing: through a plain value, or to no or several items.
    """
    for override in overrides:
        _apply(document, override)


def _apply(document: Document, override: Override) -> None:
    if not isinstance(document.data, dict):
        return  # not a spec at all; validation says so
    mark = Mark(override.origin)
    path = _by_index(document.data, override)
    place: Any = document.data
    for depth, part in enumerate(path):
        here = path[: depth + 1]
        if isinstance(part, int):
            if not isinstance(place, list) or part >= len(place):
                count = f"a list of {len(place)}" if isinstance(place, list) else received(place)
                raise _refused(override.origin, f"there is no {dotted(here)}: found {count}")
        elif not isinstance(place, dict):
            raise _refused(
                override.origin, f"{dotted(here[:-1])} is {received(place)}, so it has no {part!r}"
            )
        if depth < len(path) - 1:
            _require_item(place, here, path[depth + 1], override.origin)
            place = _step_into(document, place, here, path[depth + 1], mark)
    _forget_marks(document, path)
    place[path[-1]] = override.value
    document.keys[path] = document.values[path] = mark


def _require_item(place: Any, path: Path, following: str | int, origin: str) -> None:
    """Refuse a name that an item of a list does not have."""
    name = item_name(place[path[-1]]) if isinstance(path[-1], int) else None
    if name and not holds_keys(path) and name != following:
        raise _refused(origin, f"{dotted(path)} is {name}, so it has no {following!r}")


def _step_into(
    document: Document, place: Any, path: Path, following: str | int, mark: Mark
) -> Any:  # a mapping or list of YAML
    """The value at `path` in `place`, as something that can hold the `following` part."""
    part = path[-1]
    child = place[part] if isinstance(part, int) else place.get(part)
    if child is None:
        document.keys.setdefault(path, mark)
        made: Any = [] if holds_list(path) else {}
    elif isinstance(child, str) and child == following:
        made = {child: {}}  # a bare name is an item without arguments
    elif isinstance(following, str) and registry_at(path) and item_name(child) != following:
        _forget_marks(document, path)  # another item takes its place; an unknown one is found later
        document.keys[path] = mark
        made = {}
    else:
        return child
    document.values.setdefault(path, mark)
    place[part] = made
    return made


def _by_index(data: Any, override: Override) -> Path:
    """The path with each name of a list's item as its index and the key that it is there."""
    path: list[str | int] = []
    place = data
    for part in override.path:
        in_list = isinstance(place, list) or (place is None and holds_list(tuple(path)))
        if in_list and isinstance(part, str):
            index, name = _find_item(place or [], part, tuple(path), override.origin)
            path += [index, name]
            place = place[index] if isinstance(place[index], dict) else {}
            place = place.get(name)
        else:
            path.append(part)
            try:
                place = place[part]
            except (KeyError, IndexError, TypeError):
                place = None
    return tuple(path)


def _find_item(items: list[Any], word: str, path: Path, origin: str) -> tuple[int, str]:
    """The item that a word names: `conv2d_2` is the second conv2d, `flatten` the only flatten."""
    names = [item_name(item) for item in items]
    _require_not_inside(items, word, path, origin)
    counts = Counter(name for name in names if name)
    seen: Counter[str] = Counter()
    found: dict[str, tuple[int, str]] = {}
    for index, name in enumerate(names):
        if name:
            seen[name] += 1
            found[f"{name}_{seen[name]}"] = index, name
            if counts[name] == 1:
                found[name] = index, name
    if word in found:
        return found[word]
    if counts[word]:
        several = [f"{word}_{number + 1}" for number in range(counts[word])]
        raise _refused(origin, f"{dotted(path)} has several {word}: {_some(several)}")
    shown = [key for key, (_, name) in found.items() if key == name or counts[name] > 1]
    near = near_name(word, list(found))
    has = f"did you mean {near}?" if near else f"it has {_some(shown)}" if shown else "it is empty"
    raise _refused(origin, f"{dotted(path)} has no {word}; {has}")


def _require_not_inside(items: list[Any], word: str, path: Path, origin: str) -> None:
    """Refuse a name that a composite of the list holds too: `describe` counts those as well."""
    name, _, number = word.rpartition("_")
    sought = {word, name} if number.isdigit() else {word}
    for index, item in enumerate(items):
        if sought & _names_inside(item):
            beside = [dotted((*path, i)) for i, it in enumerate(items) if item_name(it) in sought]
            such = f", such as {listed(beside[:_MANY], 'or')}" if beside else ""
            raise _refused(
                origin,
                f"{word} is not clear, since {dotted((*path, index))}.{item_name(item)} "
                f"holds such items too; expected an index{such}",
            )


def _names_inside(item: Any) -> set[str]:
    """The names of all items in the lists that an item holds, if it is a composite."""
    name = item_name(item)
    arguments = item[name] if isinstance(item, dict) and name else None
    found: set[str] = set()
    for value in arguments.values() if isinstance(arguments, dict) else ():
        for inner in value if isinstance(value, list) else ():
            found |= {item_name(inner) or ""} | _names_inside(inner)
    return found


def item_name(item: Any) -> str | None:
    """The name of an item as YAML gives it, or None if it is none."""
    if isinstance(item, str):
        return item
    return next(iter(item)) if isinstance(item, dict) and len(item) == 1 else None


def _some(names: list[str]) -> str:
    return listed(names if len(names) <= _MANY else [*names[:_MANY], "others"], "and")


def _refused(origin: str, message: str) -> SpecError:
    return SpecError([Problem(Mark(origin), "", message)])


def _forget_marks(document: Document, path: Path) -> None:
    for marks in (document.keys, document.values):
        for inner in [key for key in marks if key[: len(path)] == path]:
            del marks[inner]


def _parse_path(name: str) -> Path | None:
    """`model.layers[3].conv2d` (or `model.layers.3.conv2d`) as a tuple; None if malformed."""
    path: list[str | int] = []
    position = 0
    while position < len(name):
        if path and name[position] == ".":
            position += 1
        match = _STEP.match(name, position)
        if match is None or (match[2] is None and path and name[position - 1] != "."):
            return None
        path.append(match[1] if match[1] is not None else int(match[2] or match[3]))
        position = match.end()
    return tuple(path)
