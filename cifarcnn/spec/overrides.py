"""Setting single values from the command line: `--set training.epochs=3` and its short forms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cifarcnn.errors import UserError
from cifarcnn.spec.marks import Document, Mark, Path, dotted
from cifarcnn.spec.problems import received
from cifarcnn.spec.yaml_reader import read_yaml_text

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|(\d+)")

_LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Override:
    """One value set on the command line; `origin` is the option as errors name it."""

    path: Path
    value: Any
    origin: str


def parse_override(text: str) -> Override:
    """Read the argument of `--set`: `key.path=value`, the value being YAML.

    Raises:
        UserError: it has no `=`, or the path is not one.
    """
    origin = f"--set {text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + '...'}"
    name, equals, value = text.partition("=")
    path = _parse_path(name.strip())
    if not equals or not path:
        raise UserError(
            f"{origin}: expected key.path=value, such as training.epochs=3 or "
            "model.layers[0].conv2d.filters=64"
        )
    return Override(path, read_yaml_text(value, origin).data, origin)


def apply_overrides(document: Document, overrides: Sequence[Override]) -> None:
    """Set the values in the document; what they set is marked with their option.

    Raises:
        UserError: a path leads through something that is neither a mapping nor a list item.
    """
    for override in overrides:
        _apply(document, override)


def _apply(document: Document, override: Override) -> None:
    if not isinstance(document.data, dict):
        return  # not a spec at all; validation says so
    mark = Mark(override.origin)
    place: Any = document.data
    for depth, part in enumerate(override.path):
        path = override.path[: depth + 1]
        last = depth == len(override.path) - 1
        if isinstance(part, int):
            if not isinstance(place, list) or part >= len(place):
                count = f"a list of {len(place)}" if isinstance(place, list) else received(place)
                raise UserError(f"{override.origin}: there is no {dotted(path)}: found {count}")
        elif not isinstance(place, dict):
            raise UserError(
                f"{override.origin}: {dotted(path[:-1])} is {received(place)}, so it has no "
                f"{part!r}"
            )
        if last:
            _forget_marks(document, path)
            place[part] = override.value
            document.keys[path] = document.values[path] = mark
        else:
            place = _step_into(document, place, part, path, mark)


def _step_into(document: Document, place: Any, part: str | int, path: Path, mark: Mark) -> Any:
    """The value under `part`, made a mapping first where there is none."""
    child = place[part] if isinstance(part, int) else place.get(part)
    if child is None:
        child = place[part] = {}
        document.keys.setdefault(path, mark)
        document.values[path] = mark
    return child


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
