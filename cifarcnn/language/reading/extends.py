"""Specs that extend others: `extends: base.yaml`, or `extends: deeper_3x3`, a shipped config.

What a spec says is laid over what its base says:

- sections, and the arguments of an item of the same name, merge key by key;
- everything else replaces: numbers and texts, lists, bare names, an item of another name;
- a key of the spec or of a section that is null takes back what the base says: its default holds.
"""

from pathlib import Path as FilePath
from typing import Any

from cifarcnn.errors import UserError
from cifarcnn.language.marks import Document, Mark, Path
from cifarcnn.language.problems import Problem, SpecError, received
from cifarcnn.language.reading.shipped import find_spec, shown_name
from cifarcnn.language.reading.yaml_reader import read_yaml_file
from cifarcnn.language.schema_paths import holds_keys, section_at

MAX_BASES = 8

_KEY: Path = ("extends",)


def with_bases(document: Document, file: FilePath) -> Document:
    """Lay a document, read from `file`, over the chain of its bases; the result names none.

    Every mark stays that of the file which says the value.

    Raises:
        SpecError: a base cannot be found or read, or is no mapping; the chain has a cycle or more
            than `MAX_BASES` bases.
    """
    documents, files = [document], [file]
    while (word := _base_named_in(documents[-1])) is not None:
        base = _find_base(documents[-1], word, files)
        documents.append(_read_base(documents[-1], base))
        files.append(base)
    merged = documents.pop()
    while documents:
        merged = merge(merged, documents.pop())
    if len(files) > 1:
        merged.data.pop("extends", None)
    return merged


def merge(base: Document, spec: Document) -> Document:
    """Lay one spec over another (see the rules above); neither is changed."""
    replaced: set[Path] = set()
    data = _merged(base.data, spec.data, (), replaced)

    def stays(path: Path) -> bool:
        return not any(path[:length] in replaced for length in range(1, len(path) + 1))

    keys = {path: mark for path, mark in base.keys.items() if stays(path)}
    values = {path: mark for path, mark in base.values.items() if stays(path)}
    return Document(data, spec.source, keys | spec.keys, values | spec.values)


def _merged(base: Any, value: Any, path: Path, replaced: set[Path]) -> Any:
    """The merged value; notes in `replaced` the paths at which nothing of the base is left."""
    both = isinstance(base, dict) and isinstance(value, dict)
    if not both or not (holds_keys(path) or (len(base) == 1 and list(base) == list(value))):
        replaced.add(path)
        return value
    result = dict(base)
    for key, inner in value.items():
        if inner is None and section_at(path) is not None:
            replaced.add((*path, key))
            result.pop(key, None)
        elif key in base or (isinstance(inner, dict) and section_at((*path, key))):
            result[key] = _merged(base.get(key, {}), inner, (*path, key), replaced)
        else:
            result[key] = inner
    return result


def _base_named_in(document: Document) -> str | None:
    """What the key `extends` says, if it is there."""
    if not isinstance(document.data, dict):
        return None
    word = document.data.get("extends")
    if word is None:
        return None
    if not isinstance(word, str) or not word:
        raise _problem(
            document,
            f"expected a YAML file or the name of a shipped config, received {received(word)}",
        )
    return word


def _find_base(document: Document, word: str, files: list[FilePath]) -> FilePath:
    """The file of the base, beside the last of `files`; refuses cycles and long chains."""
    try:
        base = find_spec(word, files[-1].parent)
    except UserError as error:
        raise _problem(document, error.message) from error
    chain = " -> ".join(shown_name(str(file)) for file in [*files, base])
    if base.resolve() in [file.resolve() for file in files]:
        raise _problem(document, f"a spec cannot extend itself: {chain}")
    if len(files) > MAX_BASES:
        raise _problem(document, f"more than {MAX_BASES} specs extend each other: {chain}")
    return base


def _read_base(document: Document, file: FilePath) -> Document:
    try:
        base = read_yaml_file(file)
    except SpecError:
        raise
    except UserError as error:
        raise _problem(document, error.message) from error
    if not isinstance(base.data, dict):
        what = "an empty file" if base.data is None else received(base.data)
        mark = base.mark(())
        raise SpecError([Problem(mark, "", f"expected keys of a spec, received {what}")])
    return base


def _problem(document: Document, message: str) -> SpecError:
    mark: Mark = document.mark(_KEY)
    return SpecError([Problem(mark, "extends", message)])
