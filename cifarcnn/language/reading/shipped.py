"""The configs that come with the package, and what the word SPEC means on the command line."""

from pathlib import Path

from cifarcnn.errors import UserError, os_reason
from cifarcnn.language.problems import listed, near_name


def shipped_configs() -> dict[str, Path]:
    """The shipped configs by name, in alphabetical order."""
    return {path.stem: path for path in sorted(_configs_folder().glob("*.yaml"))}


def find_spec(word: str, folder: Path = Path()) -> Path:
    """SPEC: an existing file (a path relative to `folder`), else the name of a shipped config.

    Raises:
        UserError: neither (names the shipped configs and the nearest one), or not to be reached.
    """
    path = folder / word
    shipped = shipped_configs()
    try:
        if word and path.exists() and not (path.is_dir() and word in shipped):
            return path
    except OSError as error:
        raise UserError(f"{word}: cannot be read: {os_reason(error)}") from error
    if word in shipped:
        return shipped[word]
    near = near_name(path.stem, list(shipped))
    raise UserError(
        f"{word or repr(word)}: there is no such file, and no shipped config of that name"
        + (f"; did you mean {near}?" if near else ""),
        hint=f"shipped: {listed(shipped, 'and')}",
    )


def shown_name(source: str) -> str:
    """How output names the file that a mark names: shipped configs go by their names."""
    for name, path in shipped_configs().items():
        if source == str(path):
            return name
    return source


def _configs_folder() -> Path:
    """Inside an installed package, or beside it in a checkout."""
    package = Path(__file__).parents[2]
    checkout = package.parent / "configs"
    installed = package / "configs"
    return installed if installed.is_dir() else checkout
