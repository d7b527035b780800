"""`--code FILE.py`: running a file of the user's that registers layers, callbacks or others."""

import hashlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from cifarcnn.errors import UserError, os_reason
from cifarcnn.user_code.installed import installed_plugins
from cifarcnn.user_code.sources import user_code


@dataclass(frozen=True)
class CodeFile:
    """A file that has been run. `path` is as the user wrote it."""

    path: Path
    sha256: str


_files: dict[Path, CodeFile] = {}


def code_files() -> list[CodeFile]:
    """The files that have been run, in their order."""
    return list(_files.values())


def run_code_file(path: Path) -> CodeFile:
    """Run a Python file so that what it registers can be used in specs; only the first time.

    It is a module of its own; only installed modules can be imported from it.

    Raises:
        UserError: it is no Python file or cannot be read, or running it fails.
    """
    place = Path(os.path.realpath(path))  # `resolve` fails at a loop of links before 3.13
    if place in _files:
        return _files[place]
    if path.suffix != ".py":
        raise UserError(f"--code {path}: expected a Python file, such as my_layers.py")
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would never end
        raise UserError(f"--code {path}: expected an ordinary file")
    try:
        source = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"--code {path}: there is no such file") from error
    except OSError as error:
        raise UserError(f"--code {path}: {os_reason(error)}") from error
    installed_plugins()  # they come first: a name that one of them has is taken
    _run(place, source)
    _files[place] = CodeFile(path, hashlib.sha256(source).hexdigest())
    return _files[place]


def _run(place: Path, source: bytes) -> None:
    name = _module_name(place)
    module = ModuleType(name)
    module.__file__ = str(place)
    sys.modules[name] = module  # where the annotations of its classes are looked up
    with user_code(place):
        # These bytes, whose checksum is recorded, and not what Python may have cached of the file.
        code = compile(source, str(place), "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 (the user asks for it)


def _module_name(place: Path) -> str:
    """A name that no installed module has, and no other file."""
    base = name = "cifarcnn_code_" + re.sub(r"\W", "_", place.stem)
    number = 1
    while name in sys.modules:  # another folder's file, or another name that is written alike
        number += 1
        name = f"{base}_{number}"
    return name
