"""What the functions of the API take: specs, values set over them, paths, words."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, TypeAlias

from cifarcnn.errors import UserError
from cifarcnn.language.load import SpecSource
from cifarcnn.language.problems import listed, near_name
from cifarcnn.language.reading.overrides import Override, override_of
from cifarcnn.language.schema import Spec
from cifarcnn.language.short_forms import SHORT_FORMS
from cifarcnn.user_code.code_option import run_code_file

PathLike: TypeAlias = str | os.PathLike[str]
SpecLike: TypeAlias = PathLike | Spec
"""The name of a shipped config, the path of a YAML file, or a spec."""
Settings: TypeAlias = Mapping[str, Any] | None
"""Values by their path, as `--set` takes them: `{"training.batch_size": 64}`."""
Files: TypeAlias = PathLike | Iterable[PathLike]


def source_of(spec: SpecLike) -> SpecSource:
    """A spec as the functions of the language take it."""
    return spec if isinstance(spec, Spec) else os.fspath(spec)


def overrides_of(settings: Settings = None, **short_forms: Any) -> list[Override]:
    """The values to set over a spec; a short form that is None sets nothing."""
    overrides = [override_of(name, _plain(value)) for name, value in (settings or {}).items()]
    for name, value in short_forms.items():
        if value is not None:
            overrides.append(Override(SHORT_FORMS[name], _plain(value), f"{name}={value!r}"))
    return overrides


def _plain(value: Any) -> Any:
    """A value as YAML would give it: no tuples, paths or scalars of NumPy."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    return value


def as_path(path: PathLike) -> Path:
    """A path; `~` is the user's home folder, as in a shell."""
    return Path(path).expanduser()


def as_optional_path(path: PathLike | None) -> Path | None:
    """The same for an argument that may be left out."""
    return None if path is None else as_path(path)


def as_paths(paths: Files) -> list[Path]:
    """One path or several, as a list."""
    several = [paths] if isinstance(paths, str | os.PathLike) else paths
    return [as_path(path) for path in several]


def run_code(files: Files) -> None:
    """Run Python files that register layers, callbacks or others; each only once in a process.

    Raises:
        UserError: a file cannot be run, or has changed since it was.
    """
    for file in as_paths(files):
        run_code_file(file)


def require_word(name: str, word: object, allowed: Sequence[str]) -> None:
    """Check an argument that is one of some words.

    Raises:
        UserError: it is another one.
    """
    if word not in allowed:
        near = near_name(word, allowed)
        raise UserError(
            f"{name}={word!r}: expected {listed(map(repr, allowed))}"
            + (f"; did you mean {near}?" if near else "")
        )


def require_count(name: str, count: object, least: int, most: int) -> None:
    """Check an argument that is a whole number.

    Raises:
        UserError: it is none, or too small or too large.
    """
    if isinstance(count, bool) or not isinstance(count, int) or not least <= count <= most:
        raise UserError(f"{name}={count!r}: expected a whole number from {least} to {most}")
